import { z } from 'zod'

// Other rooms describe what they take and give by the schemas that are at home here.

export { z }
