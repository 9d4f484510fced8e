import { describe } from 'vitest';
import { feedSuite } from './feed.suite.ts';
import { memoryFeed } from './memory-feed.ts';

describe('memory feed', () =>
  feedSuite(async () => {
    const feed = memoryFeed();
    return {
      dispatcher: feed.dispatcher,
      follower: feed.follower,
      lose: async () => feed.lose(),
      close: () => feed.dispatcher.close(),
    };
  }));
