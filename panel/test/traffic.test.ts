// Joining stored series with live measurements: gaps stay gaps, nothing is counted twice.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { BandwidthSeries } from "../src/api";
import { addLive, join } from "../src/network/traffic";
import { countGaps, figures } from "../src/ui/course";

function series(values: (number | null)[]): BandwidthSeries {
	return {
		from: 0,
		to: values.length * 60,
		step: 60,
		timestamps: values.map((_, index) => index * 60),
		upstream: values,
		downstream: values,
		upstream_max: values,
		downstream_max: values,
	};
}

const live = (ts: number) => ({ ts, down: 9, up: 3 });

test("live points continue the stored line where its last step is not over yet", () => {
	const traffic = join(series([1, 2, null]), [live(130), live(140)]);
	assert.deepEqual(traffic.times, [0, 60, 130, 140]);
	assert.deepEqual(traffic.down, [1, 2, 9, 9]);
	assert.deepEqual(traffic.upPeak, [1, 2, 3, 3]);
});

test("live points that the stored series already covers are left out", () => {
	assert.deepEqual(join(series([1, 2, 3]), [live(60), live(120)]).times, [0, 60, 120]);
});

test("a long silence before a live point stays a gap", () => {
	const traffic = join(series([1, null, null, null, null, null]), [live(400)]);
	assert.deepEqual(traffic.times, [0, 60, 400]);
	assert.deepEqual(traffic.down, [1, null, 9]);
	assert.equal(countGaps(traffic.down), 1);
});

test("the window keeps its length and ends at the newest point", () => {
	const traffic = join(series([1, 2, 3]), [live(200)]);
	assert.equal(traffic.to, 200);
	assert.equal(traffic.to - traffic.from, 180);
});

test("a series without live points is drawn as it was stored", () => {
	assert.deepEqual(join(series([null, 1, null]), []).down, [null, 1, null]);
});

test("an answer that is not newer adds no point", () => {
	assert.equal(addLive([live(10)], live(10)).length, 1);
	assert.equal(addLive([live(10)], live(20)).length, 2);
});

test("figures ignore gaps; nothing known is null, not zero", () => {
	assert.deepEqual(figures([2, null, 4], [5, null, 7]), { mean: 3, lowest: 2, highest: 7 });
	assert.deepEqual(figures([null], [null]), { mean: null, lowest: null, highest: null });
});

test("gaps are counted once each, silence before the first value is none", () => {
	assert.equal(countGaps([null, null, 1, null, null, 2, null, 3]), 2);
});
