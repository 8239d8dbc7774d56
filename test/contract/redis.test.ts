import { startRedis } from '../support/redis.ts'
import { redisContract } from './redis-contract.ts'

redisContract('the store on a redis-server', () => startRedis())
