/** What mail and webhooks tell of: topics, each with the kinds of events that are of it. A kind may be of two. */
export const noticeTopics = {
  start: ["vm.started"],
  stop: ["vm.stopped", "vm.stop-forced"],
  migration: ["vm.migrated", "vm.migration-failed"],
  failure: [
    "vm.failed",
    "vm.gone",
    "vm.crashed",
    "vm.io-error",
    "vm.watchdog",
    "vm.control-lost",
    "vm.migration-failed",
    "vm.block-job-failed",
    "guest.heartbeat-lost",
    "resource.failed",
  ],
  power: [
    ...["power.on-battery", "power.low-battery", "power.online"],
    ...["power.shed", "power.restored", "power.failed"],
  ],
  fencing: ["fence.succeeded", "fence.failed", "fence.person"],
  "guest-fence": ["guest.fence-done", "guest.fence-failed", "guest.fence-refused"],
  drill: ["drill.passed", "drill.failed"],
} as const;

export type NoticeTopic = keyof typeof noticeTopics;

/** All of them, as settings name them. */
export const noticeTopicNames = Object.keys(noticeTopics) as readonly NoticeTopic[];

/** The topics that a kind of event is of; none for what nobody is sent. */
export function topicsOf(kind: string): readonly NoticeTopic[] {
  return noticeTopicNames.filter((topic) => (noticeTopics[topic] as readonly string[]).includes(kind));
}
