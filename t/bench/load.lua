-- The load of t/bench/api and chart, for wrk: the same GET again and again, with the keys of a file in turn.
-- Arguments behind "--": the file of keys, one a line; the name of their header; how many times each key is met before
-- a request comes again: when more than once, a parameter that says nothing makes each URL another one, so that no
-- cache of replies can answer. Prints at the end one line for the script that started wrk.

local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

function init(args)
	requests = {}
	local times = tonumber(args[3])
	for turn = 1, times do
		for key in io.lines(args[1]) do
			local path = times > 1 and wrk.path .. "&n=" .. #requests or wrk.path
			requests[#requests + 1] = wrk.format("GET", path, { Host = wrk.headers["Host"], [args[2]] = key })
		end
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
