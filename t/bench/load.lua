-- The load of t/bench/api, for wrk: the same GET again and again, with the keys of a file in turn.
-- Arguments behind "--": the file of keys, one a line. Prints at the end one line for the script that started wrk.

local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

function init(args)
	requests = {}
	for key in io.lines(args[1]) do
		requests[#requests + 1] = wrk.format("GET", nil, { Host = wrk.headers["Host"], ["X-API-Key"] = key })
	end
	at = number * math.floor(#requests / 2)
end

function request()
	at = at % #requests + 1
	return requests[at]
end

function done(summary, latency)
	local e = summary.errors
	io.write(string.format("result %d %d %d %d %d\n", summary.requests, summary.duration,
		latency:percentile(50), latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
