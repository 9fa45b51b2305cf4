-- wrk -s load.lua URL -- FILE TURN: sends the requests of the file from that turn on, and ends with a line of JSON.
-- Each request is as it goes over the wire, with a NUL behind it.

local requests = {}
local turn
-- Of the thread that asks; `done` runs in another state and reads it there.
local thread
unexpected = 0

function setup(one)
  thread = one
end

function init(args)
  local file = assert(io.open(args[1], 'rb'))
  for bytes in file:read('*a'):gmatch('(%Z+)%z') do
    requests[#requests + 1] = bytes
  end
  file:close()
  turn = tonumber(args[2])
end

function request()
  turn = turn + 1
  return requests[(turn - 1) % #requests + 1]
end

function response(status)
  if status ~= 200 then
    unexpected = unexpected + 1
  end
end

function done(summary)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout + thread:get('unexpected')
  local line = '{"count": %d, "seconds": %f, "failed": %d}\n'
  io.write(line:format(summary.requests, summary.duration / 1e6, failed))
end
