import { workerData } from 'node:worker_threads'
import { answerQuestions } from '../kernel/asked-thread.ts'
import { Searching, type SearchQuestion, type SearchSettings } from './searching.ts'

// Entry of the thread that searches: SQLite makes whoever calls it wait, and no call may.

using searching = new Searching(workerData as SearchSettings)
await answerQuestions((asked: SearchQuestion) => searching.search(asked))
