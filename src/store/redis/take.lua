-- Takes every claim of one part of a call, or none. All keys have one hash tag.
-- KEYS[1] the lease; KEYS[1 + i] what the i-th claim is counted in.
-- ARGV[1] now in microseconds, '' for the clock of this server; ARGV[2] lease, ms; ARGV[3] lease id;
-- ARGV[4] 'take', 'try' to remember what undo.lua needs, 'force' to count without asking, 'peek' to ask alone;
-- ARGV[5] JSON: kind and three figures of each claim.
-- Optional ARGV[6], JSON: what the callee is to have said, in the keys after those of the claims: which
-- consents the number has, consents, revoked ones, opt-outs of the tenant and, on one server, of everybody.
-- Then {2, 0, ''} where that forbids the call, and with what was found an answer is {1, 0, ''} and goes on with an opt-out and a consent or ''.
-- Answers 1, or {0, number of the claim, ms until it may fit or ''}; to 'peek' those ms of each claim,
-- and after them how much is used of each.
local secondUs = 1000000
local dayMs = 86400000
local usedKeptMs = 600000
-- No lease and no admission lies further ahead, unless this server's clock was wrong and has been set right.
local aheadMaxUs = 600 * secondUs
local bookedAheadMaxUs = 60 * secondUs
-- No day or month ends later, and none that has ended so long ago is counted in.
local periodMaxMs = 33 * dayMs

local nowUs = tonumber(ARGV[1])
if not nowUs then
  local time = redis.call('TIME')
  nowUs = time[1] * secondUs + time[2]
end
local leaseUs = ARGV[2] * 1000
local leaseId = ARGV[3]
local asksAlone = ARGV[4] == 'peek'

local function whole(number)
  return string.format('%.0f', number)
end

-- The moment that lies `back` admissions ago; nil where there are not so many.
local function moment(key, back)
  if back < 1 then return nil end
  return tonumber(redis.call('LINDEX', key, back - 1) or nil)
end

-- The same, without a booking that lies further ahead than the burst reaches.
local function bookedAt(key, back, perSecondMax, burst)
  local booked = moment(key, back)
  local aheadUs = burst / perSecondMax * secondUs + bookedAheadMaxUs
  return booked and booked <= nowUs + aheadUs and booked or nil
end

local function nextBooking(key, perSecondMax, burst)
  local full = bookedAt(key, perSecondMax, perSecondMax, burst)
  return full and math.max(nowUs, full + secondUs) or nowUs
end

local function parts(key, windowUs)
  local bucketUs = windowUs / 60
  local bucket = math.floor(nowUs / bucketUs)
  local live, stale, used = {}, {}, 0
  local all = redis.call('HGETALL', key)
  for at = 1, #all, 2 do
    local part = tonumber(all[at])
    if math.abs(bucket - part) <= 60 then
      live[#live + 1] = { part, tonumber(all[at + 1]) }
      used = used + all[at + 1]
    else
      stale[#stale + 1] = all[at]
    end
  end
  return { bucketUs = bucketUs, bucket = bucket, live = live, stale = stale, used = used }
end

-- What begins at nothing is kept until so long after its end.
local function keepPast(key, endsAtMs, keptMs)
  redis.call('PEXPIRE', key, whole(math.max(0, endsAtMs - nowUs / 1000) + keptMs))
end

-- A list as long as it is asked for, with the moment of this call in front.
local function prepend(key, at, longest, keptMs)
  local moment = whole(at)
  if redis.call('LPUSH', key, moment) > longest then redis.call('LTRIM', key, 0, longest - 1) end
  redis.call('PEXPIRE', key, whole(keptMs))
  return moment
end

-- Leases of a clock that was ahead last one more lease from now on: who runs renews them.
local function endFarLeases(key)
  local far = '(' .. whole(nowUs + aheadMaxUs)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', key, far, '+inf', 'LIMIT', 0, 1000)) do
    redis.call('ZADD', key, whole(nowUs + leaseUs), id)
  end
end

-- Attempts of a clock that was ahead are of now: when they were, nobody can tell.
local function pullBack(key, windowMs)
  local all = redis.call('LRANGE', key, 0, -1)
  for at = 1, #all do
    if tonumber(all[at]) <= nowUs + aheadMaxUs then break end
    redis.call('LSET', key, at - 1, whole(nowUs))
  end
  redis.call('PEXPIRE', key, whole(windowMs + 1000))
end

-- Whether the clock of the gate, which names the day or month, is far from this one: then nobody can tell what
-- was counted in it, nor would what is counted now be kept until its end.
local isOfOtherClock = false
local function compareClocks(endsAtMs)
  local leftMs = endsAtMs - nowUs / 1000
  isOfOtherClock = isOfOtherClock or leftMs > periodMaxMs or leftMs < -dayMs
end

-- For each kind: microseconds until it fits (0 for now, nil for never), and how it is counted. What the
-- one has read besides is handed to the other; without having asked, it reads for itself. Counting answers
-- by what it can be found again, where that is needed to undo it.
local kinds = {}

kinds.rate = {
  frees = function(key, perSecondMax, burst)
    if perSecondMax < 1 then return nil end
    local booked = nextBooking(key, perSecondMax, burst)
    local wait = booked - nowUs
    if wait == 0 or burst == 0 then return wait, booked end
    local ahead = bookedAt(key, burst, perSecondMax, burst)
    return ahead and math.max(0, math.min(wait, ahead - nowUs)) or 0, booked
  end,
  count = function(key, read, perSecondMax, burst)
    local booked = read or nextBooking(key, math.max(1, perSecondMax), burst)
    local keptMs = math.ceil((booked - nowUs) / 1000) + 2000
    -- By the burst more than is looked at: what is undone must not have pushed out what still counts.
    return prepend(key, booked, math.max(perSecondMax, burst, 1) + burst, keptMs)
  end,
}

kinds.window = {
  frees = function(key, windowMs, callsMax)
    if callsMax < 1 then return nil end
    local counted = parts(key, windowMs * 1000)
    local used = counted.used
    if used < callsMax then return 0, counted end
    table.sort(counted.live, function(one, other) return one[1] < other[1] end)
    for _, part in ipairs(counted.live) do
      used = used - part[2]
      if used < callsMax then return (part[1] + 61) * counted.bucketUs - nowUs end
    end
    return nil
  end,
  count = function(key, read, windowMs)
    local counted = read or parts(key, windowMs * 1000)
    if #counted.stale > 0 then redis.call('HDEL', key, unpack(counted.stale)) end
    -- Kept for twice the window from the first call of the latest part on.
    local part = whole(counted.bucket)
    if redis.call('HINCRBY', key, part, 1) == 1 then
      redis.call('PEXPIRE', key, whole(windowMs * 2))
    end
    return part
  end,
}

kinds.concurrency = {
  frees = function(key, slotsMax)
    if redis.call('ZCOUNT', key, '(' .. whole(nowUs), '+inf') < slotsMax then return 0 end
    if not asksAlone then endFarLeases(key) end
    return nil
  end,
  count = function(key)
    redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(nowUs))
    redis.call('ZADD', key, whole(nowUs + leaseUs), leaseId)
    redis.call('PEXPIRE', key, whole(leaseUs / 1000 + dayMs))
  end,
}

kinds.period = {
  frees = function(key, callsMax, endsAtMs)
    compareClocks(endsAtMs)
    if tonumber(redis.call('GET', key) or 0) < callsMax then return 0 end
    return math.max(1000, endsAtMs * 1000 - nowUs)
  end,
  count = function(key, _, _, endsAtMs)
    if redis.call('INCR', key) == 1 then keepPast(key, endsAtMs, 2 * dayMs) end
  end,
}

kinds.callee = {
  frees = function(key, windowMs, attemptsMax)
    if attemptsMax < 1 then return nil end
    local blocking = moment(key, attemptsMax)
    if blocking and blocking > nowUs + aheadMaxUs then
      if not asksAlone then pullBack(key, windowMs) end
      blocking = nowUs
    end
    return blocking and math.max(0, blocking + windowMs * 1000 - nowUs) or 0
  end,
  count = function(key, _, windowMs, attemptsMax)
    return prepend(key, nowUs, math.max(1, attemptsMax), windowMs + 1000)
  end,
}

kinds.budget = {
  frees = function(key, capMicros, reserveMicros, endsAtMs)
    compareClocks(endsAtMs)
    local spent = tonumber(redis.call('GET', key) or 0)
    if spent + reserveMicros <= capMicros then return 0 end
    return math.max(1000, endsAtMs * 1000 - nowUs)
  end,
  count = function(key, _, _, reserveMicros, endsAtMs)
    local spent = redis.call('INCRBY', key, whole(reserveMicros))
    if spent == reserveMicros then keepPast(key, endsAtMs, 2 * dayMs) end
  end,
}

kinds.use = {
  frees = function(key, usesMax)
    if tonumber(redis.call('GET', key) or 0) < usesMax then return 0 end
    return nil
  end,
  count = function(key, _, _, endsAtMs, leastMs)
    -- The clock of whoever made it may be ahead of this one, or far behind it.
    if redis.call('INCR', key) == 1 then
      keepPast(key, math.max(endsAtMs, nowUs / 1000 + leastMs), usedKeptMs)
    end
  end,
}

local claims = cjson.decode(ARGV[5])
local claimsCount = #claims / 4

-- Also answers what was read besides.
local function freesUs(at)
  local figures = 4 * at - 2
  local kind = kinds[claims[figures - 1]]
  return kind.frees(KEYS[at + 1], claims[figures], claims[figures + 1], claims[figures + 2])
end

local function inMs(us)
  return us and string.format('%.3f', us / 1000) or ''
end

if asksAlone then
  local standings = {}
  -- How many moments of a list, the newest first, are later than so long ago.
  local function later(key, agoUs)
    local count = 0
    for _, at in ipairs(redis.call('LRANGE', key, 0, -1)) do
      if tonumber(at) <= nowUs - agoUs then break end
      count = count + 1
    end
    return count
  end
  local used = {
    rate = function(key) return later(key, secondUs) end,
    window = function(key, windowMs) return parts(key, windowMs * 1000).used end,
    concurrency = function(key)
      return redis.call('ZCOUNT', key, '(' .. whole(nowUs), '+inf')
    end,
    callee = function(key, windowMs) return later(key, windowMs * 1000) end,
  }
  local function counted(key) return tonumber(redis.call('GET', key) or 0) end
  for at = 1, claimsCount do
    standings[at] = inMs((freesUs(at)))
    local usedOf = used[claims[4 * at - 3]] or counted
    standings[claimsCount + at] = whole(usedOf(KEYS[at + 1], claims[4 * at - 2]))
  end
  return standings
end

-- What was asked of the callee, and whether there is anything.
local said, found = {}, false

local function answer(taken, at, frees)
  if taken == 1 and not found then return 1 end
  if #said == 0 then return { taken, at, frees } end
  return { taken, at or 0, frees or '', said[1], said[2] }
end

local function optOut(first, fields)
  if #fields == 0 then return '' end
  for at = first, #KEYS do
    for _, text in ipairs(redis.call('HMGET', KEYS[at], unpack(fields))) do
      if text then return text end
    end
  end
  return ''
end

-- The latest one that is in force, of so many of the latest: the server is not held up by more.
local function consent(first, sought)
  for _, id in ipairs(redis.call('ZREVRANGE', KEYS[first], 0, sought.most - 1)) do
    local text = redis.call('HGET', KEYS[first + 1], id)
    if text and not redis.call('HGET', KEYS[first + 2], id) then
      local given = cjson.decode(text)
      local endsMs = tonumber(given.expiresAtMs)
      local fits = given.e164 == sought.e164 and given.purpose == sought.purpose
      if fits and given.givenAtMs <= sought.nowMs and (not endsMs or endsMs > sought.nowMs) then
        return text
      end
    end
  end
  return ''
end

if ARGV[6] then
  local sought = cjson.decode(ARGV[6])
  local first = claimsCount + 2
  said = { optOut(first + 3, sought.fields), sought.purpose and consent(first, sought) or '' }
  found = said[1] ~= '' or said[2] ~= ''
  if said[1] ~= '' or (sought.purpose and said[2] == '') then return answer(2) end
end

local held = redis.call('HGET', KEYS[1], 'until')
if held and tonumber(held) > nowUs then return answer(1) end

local read = {}
if ARGV[4] ~= 'force' then
  for at = 1, claimsCount do
    local frees
    frees, read[at] = freesUs(at)
    if isOfOtherClock then return redis.error_reply('CLOCK that of the gate is far from this one') end
    if frees ~= 0 then return answer(0, at, inMs(frees)) end
  end
end

local reserved, marks = 0, {}
for at = 1, claimsCount do
  local figures = 4 * at - 2
  local kind, one, two = claims[figures - 1], claims[figures], claims[figures + 1]
  marks[at] = kinds[kind].count(KEYS[at + 1], read[at], one, two, claims[figures + 2]) or ''
  if kind == 'budget' then reserved = two end
end
redis.call('HSET', KEYS[1], 'until', whole(nowUs + leaseUs), 'reserved', whole(reserved))
if ARGV[4] == 'try' then redis.call('HSET', KEYS[1], 'marks', cjson.encode(marks)) end
redis.call('PEXPIRE', KEYS[1], whole(leaseUs / 1000 + dayMs))
return answer(1)
