-- The notes that are newer than a version, oldest first, a page of them.
-- KEYS[1] notes, KEYS[2] their versions. ARGV[1] the version; ARGV[2] how many at most.
-- Answers for each its name, its version, whether there is one, and its text.
local found = redis.call(
  'ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local notes = {}
for at = 1, #found, 2 do
  local text = redis.call('HGET', KEYS[1], found[at])
  notes[#notes + 1] = found[at]
  notes[#notes + 1] = found[at + 1]
  notes[#notes + 1] = text and 1 or 0
  notes[#notes + 1] = text or ''
end
return notes
