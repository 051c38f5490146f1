-- The load of t/bench/memory, for wrk: the requests of a file in turn, until each thread has had its share.
-- Arguments behind "--": the file of requests (method, path, key or "-", body or "-", with tabs between) and the
-- number of requests of each thread.

local threads = {}

function setup(thread)
	thread:set("number", #threads)
	threads[#threads + 1] = thread
end

function init(args)
	requests = {}
	for line in io.lines(args[1]) do
		local method, path, key, body = line:match("^(%S+)\t(%S+)\t(%S+)\t(.+)$")
		local headers = { Host = wrk.headers["Host"] }
		if key ~= "-" then headers["X-API-Key"] = key end
		if body == "-" then
			body = nil
		else
			headers["Content-Type"] = "application/x-www-form-urlencoded"
		end
		requests[#requests + 1] = wrk.format(method, path, headers, body)
	end
	left = tonumber(args[2])
	at = number * math.floor(#requests / 2)
	classes = { 0, 0, 0, 0, 0 }
end

function request()
	at = at % #requests + 1
	return requests[at]
end

function response(status)
	local class = math.floor(status / 100)
	classes[class] = classes[class] + 1
	left = left - 1
	if left == 0 then wrk.thread:stop() end
end

function done(summary)
	local sums = { 0, 0, 0, 0, 0 }
	for _, thread in ipairs(threads) do
		for class, n in ipairs(thread:get("classes")) do sums[class] = sums[class] + n end
	end
	local e = summary.errors
	io.write("result ", summary.requests, " ", e.connect + e.read + e.write + e.timeout, " ",
		table.concat(sums, " "), "\n")
end
