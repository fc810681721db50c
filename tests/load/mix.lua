-- What each of wrk's threads asks, and whether every answer is what it must be.
--
-- A thread has one connection (tests/load/run starts as many of one as of the other), so an answer is
-- that of the request before it. `requests.lua` holds the requests; its path is the script's argument.

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(arguments)
  requests = dofile(arguments[1])
  -- Threads start at different requests, so that all kinds are in flight at once.
  current = (number * 7) % #requests
  answered, wrong, first_wrong = 0, 0, ""
  for _, one in ipairs(requests) do
    one.text = wrk.format(one.method, one.path, one.headers, one.body)
  end
end

function request()
  current = current % #requests + 1
  return requests[current].text
end

function response(status, headers, body)
  local wanted = requests[current]
  answered = answered + 1
  local right = status == wanted.status
  for _, part in ipairs(wanted.parts) do
    right = right and body:find(part, 1, true) ~= nil
  end
  if not right then
    wrong = wrong + 1
    if first_wrong == "" then
      first_wrong = wanted.method .. " " .. wanted.path .. " as " .. wanted.user .. ": " .. status .. " " .. body:sub(1, 200)
    end
  end
end

function done(summary, latency, seconds)
  local answered, wrong, first_wrong = 0, 0, ""
  for _, thread in ipairs(threads) do
    answered = answered + thread:get("answered")
    wrong = wrong + thread:get("wrong")
    if first_wrong == "" then first_wrong = thread:get("first_wrong") end
  end
  local errors = summary.errors
  print("answered " .. answered)
  print("wrong " .. wrong)
  print("broken " .. errors.connect + errors.read + errors.write + errors.timeout)
  print("microseconds " .. summary.duration)
  print("p50 " .. latency:percentile(50))
  print("p99 " .. latency:percentile(99))
  if first_wrong ~= "" then print("first_wrong " .. first_wrong) end
end
