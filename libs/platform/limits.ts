/**
 * Every bound of the product, in one place. The unit is the last word of the name.
 * A number that is not here is not a bound anyone may rely on.
 */
export const limits = Object.freeze({
  /** Largest request body. Kubernetes' own bound is 3 MiB. */
  requestBodyBytes: 3 * 1024 * 1024,
  /** Largest body of a transaction: what no commit could hold is not even read. */
  transactionBodyBytes: 8 * 1024 * 1024,
  /** How deep containers of a request body may be nested: what recursive code may rely on. */
  jsonDepthCount: 512,
  /** Aliases of a YAML body that may be expanded; unknown and duplicate fields that are reported. */
  yamlAliasesCount: 100,
  strictErrorsCount: 100,
  /** Operations of one JSON Patch, and what its copies may add; Kubernetes' own bounds. */
  jsonPatchOperationsCount: 10_000,
  jsonPatchCopyBytes: 3 * 1024 * 1024,
  /** Payload of one commit; must stay below the server's `max_payload` with headers. */
  commitBytes: 7 * 1024 * 1024,
  /** `max_payload` we configure NATS with. */
  natsMaxPayloadBytes: 8 * 1024 * 1024,
  /** One protocol line: encoded subjects of the longest names need almost 4 KB. */
  natsMaxControlLineBytes: 8 * 1024,
  /** What the server queues for one slow client. */
  natsMaxPendingBytes: 256 * 1024 * 1024,
  /** Memory streams together (the feed). */
  natsMemoryStoreBytes: 512 * 1024 * 1024,
  /** What the server's heap is kept to while less than that is in use; more is used where it is needed. */
  natsHeapBytes: 192 * 1024 * 1024,
  /** How much its heap may grow, above what was in use, before it is collected. */
  natsHeapGrowthPercent: 50,
  /** Free disk the log leaves alone: writes are refused before the file system itself is full. */
  natsDiskReserveBytes: 256 * 1024 * 1024,
  /** How often the supervisor looks whether a full disk has room again. */
  diskRoomIntervalMs: 5_000,
  /** Requests that may wait for a commit; beyond it callers get 429. */
  commitQueueCount: 4096,
  commitQueueBytes: 64 * 1024 * 1024,
  /** Commands decided for one commit: bounds how long the event loop is held. */
  commitCommandsCount: 256,
  /** Objects a collection's deletion removes in one transaction; more go in further ones. */
  deleteCollectionCount: 500,
  /** Evictions a disruption budget may have outstanding before no more are let through. */
  disruptedPodsCount: 2_000,
  /** How long a pod whose eviction was let through may take to show that it ends. */
  disruptionConfirmMs: 120_000,
  /** Events the expiry of a window removes at once. */
  expiryPieceCount: 256,
  /** Parsed objects kept beside the live objects' bytes. */
  parsedCacheBytes: 2 * 1024 * 1024,
  /** Data keys of encrypted objects kept at hand, and how long a commit waits for new ones to be durable. */
  dataKeysCount: 65_536,
  keyStoreAnswerMs: 5_000,
  /** Incarnations of one name that a purge erases at once. */
  purgedUidsCount: 1_000,
  /** How long the answer to a purge waits for the keys to be destroyed. */
  purgeAnswerMs: 10_000,
  /** How long a stop waits for the commit in flight. */
  closeMs: 5_000,
  /** How often an unknown publish outcome is asked again before the writer gives up and the process stops. */
  publishAttemptsCount: 60,
  publishTimeoutMs: 2_000,
  /** Attempts of a publish that certainly never reached the log, before the caller is told that it is unavailable. */
  publishCertainAttemptsCount: 10,
  publishRetryDelayMs: 100,
  /** A reader's pull: how much it asks for at once, how long the request stands, how often the server says it is alive. */
  readerPullCount: 1_000,
  readerPullMinimumCount: 16,
  readerPullBytes: 32 * 1024 * 1024,
  /** What it means to ask for, going by the messages before: few enough that they are read while the processor still holds them. */
  readerPullAimBytes: 4 * 1024 * 1024,
  /** How far a follower may fall behind the shared reading of a log before it reads by itself. */
  tailLagBytes: 16 * 1024 * 1024,
  readerPullExpiryMs: 30_000,
  readerHeartbeatMs: 1_000,
  /** Silence after which a reader makes itself a new consumer; how often an idle reader compares itself with the head. */
  readerStaleMs: 3_000,
  readerWatchdogMs: 10_000,
  /** After this the server forgets a consumer that nobody asks. */
  readerInactiveMs: 60_000,
  /** An export's block before compression, and the most a reader takes for one (a commit lies within a block). */
  exportBlockBytes: 2 * 1024 * 1024,
  exportBlockMaximumBytes: 32 * 1024 * 1024,
  /** Commits a repair compares at once. */
  repairWindowCount: 64,
  /** How often the writer signs where the log stands, when it has moved. */
  checkpointIntervalMs: 5 * 60_000,
  /** Times a request is decided again after lost fences before the caller gets 503. */
  lostFencesCount: 16,
  /** How far the wall clock may lie behind the last commit before writes are refused. */
  clockSkewMs: 5 * 60_000,
  /** Watch events kept in memory per storage class, for resuming watches without Postgres. */
  watchRingCount: 8_192,
  watchRingBytes: 32 * 1024 * 1024,
  /** Bytes queued for one watcher before it is cut off. */
  watcherBufferBytes: 8 * 1024 * 1024,
  watchersCount: 20_000,
  /** Watches told of a commit in one turn of the event loop, or all of one connection's if they are more. */
  watchersToldAtOnceCount: 64,
  /**
   * So many are told in one turn: about half a millisecond's work. What comes between two turns (the log read back, answers,
   * the projection) would keep the last of them waiting for longer than that.
   */
  watchersToldTogetherCount: 256,
  /** Events that wait until all watchers were told of the ones before; beyond it they are told at once. */
  watchRoundBytes: 1024 * 1024,
  /** Rows of Tables whose cells are kept; up to twice as many stay while they are asked for. */
  tableRowsCount: 50_000,
  /** How long rows that are not known yet are made before other requests have their turn. */
  tableTurnMs: 10,
  /** A watch without timeoutSeconds ends after a random time between this and its double, as Kubernetes does. */
  watchMinimumMs: 30 * 60_000,
  bookmarkIntervalMs: 60_000,
  /** HTTP: streams a connection may carry at once, receive windows, and memory of one HTTP/2 session (megabytes). */
  httpStreamsPerConnectionCount: 1_000,
  httpStreamWindowBytes: 1024 * 1024,
  httpSessionWindowBytes: 8 * 1024 * 1024,
  httpSessionMegabytes: 64,
  tcpKeepAliveMs: 30_000,
  /** How long a stopping server waits for requests under way. */
  httpStopGraceMs: 5_000,
  /** Snapshots kept for paging through a list, and for how long after the last page. */
  listSnapshotsCount: 64,
  listSnapshotMs: 5 * 60_000,
  /** Bytes of initial objects queued for one watcher before more are encoded. */
  watchInitialQueueBytes: 1024 * 1024,
  /** Longest timeoutSeconds of a watch that is honoured. */
  watchMaximumMs: 24 * 3_600_000,
  /** How long a starting server waits for Postgres before it folds a log of at most this many commits by itself. */
  databaseWaitMs: 3_000,
  foldFromStartCount: 100_000,
  databaseRetryMaximumMs: 1_000,
  /** How long a stopping server waits for the projection to catch up. */
  projectorFlushMs: 1_000,
  /** How often an API server says that it is alive and looks after the endpoints of the API; how long it is believed. */
  apiEndpointsIntervalMs: 10_000,
  apiServerLeaseMs: 15_000,
  /** What a server that stops waits for to be taken from the endpoints. */
  apiEndpointsWithdrawMs: 2_000,
  /** How often old core/v1 Events are looked for. */
  expiryIntervalMs: 10 * 60_000,
  /** The same where Events are kept for a short time only. */
  expiryMinimumMs: 1_000,
  /** How often a watch of the past looks whether the projection has caught up. */
  projectionPollMs: 250,
  /** A time younger than this may still gain a commit that is on its way; who asks for it waits until it is older. */
  momentSettleMs: 250,
  /** How often a paced replay notes how far it has come, where nothing happens. */
  replayStepMs: 5_000,
  /** Fastest replay that is paced, as a multiple of the time it took. */
  replaySpeed: 1_000_000,
  /** Events of the past read from the projection at a time, for a watch that starts before memory. */
  watchBacklogCount: 500,
  /** Longest fieldManager, as Kubernetes bounds it. */
  fieldManagerBytes: 128,
  /** Managers that updated an object, before the oldest become one (Kubernetes' own bound). */
  fieldUpdateManagersCount: 10,
  /** Names of fields whose path elements are remembered. */
  fieldElementsCount: 16_384,
  /** Managers whose last creation is remembered, each for every type it creates. */
  createdFieldsCount: 64,
  /** Quantities that are remembered by their texts, and the longest such text. */
  quantityTextsCount: 4_096,
  quantityTextCharacters: 32,
  /** Texts of what managers own that are remembered, all together and each. */
  fieldsTextsCharacters: 1024 * 1024,
  fieldsTextCharacters: 64 * 1024,
  /** Entries of one history answer, their bytes, and how many changes are looked at for it when few are selected. */
  historyEntriesCount: 500,
  historyPageBytes: 16 * 1024 * 1024,
  historyScanCount: 5_000,
  /** Changes with their bodies read from the projection at a time. */
  historyReadCount: 100,
  /** How often a read of the past looks whether the projection has what the caller may have written. */
  projectionShortPollMs: 10,
  /** Commits between two moments beyond which a diff walks along the names, not along the changes. */
  changedRangeCount: 20_000,
  /** Objects of one page of a diff. */
  diffObjectsCount: 200,
  /** Objects that changed since the moment an undo goes back to, and how often it is planned anew when they change meanwhile. */
  undoObjectsCount: 5_000,
  undoObjectsBytes: 128 * 1024 * 1024,
  undoAttemptsCount: 5,
  undoBodyBytes: 64 * 1024,
  /** Steps of a chain of causes; consequences of one change, and of all of a tree. */
  causesCount: 64,
  consequencesEachCount: 100,
  consequencesCount: 1_000,
  /** Time an agent has to begin an answer to a proxied request. */
  agentAnswerMs: 30_000,
  /** Events per projector transaction (facts: 100–500 is the best size). */
  projectorBatchCount: 500,
  projectorBatchBytes: 8 * 1024 * 1024,
  projectorQueueBytes: 64 * 1024 * 1024,
  /** How long commits are gathered for one transaction of the projection when nobody waits for them, and how long somebody counts as waiting. */
  projectorGatherMs: 250,
  projectorHurryMs: 50,
  projectorRetryMinimumMs: 100,
  projectorRetryMaximumMs: 5_000,
  /** Connections to Postgres: of one process's reads, how long a connect may take, how long an idle one is kept. */
  databaseConnectionsCount: 4,
  /** How long a read of the projection may take, and how many may be asked for at once, answered late or not at all. */
  databaseAnswerMs: 3_000,
  databaseReadsCount: 256,
  databaseConnectSeconds: 5,
  databaseIdleSeconds: 60,
  /** How long a snapshot may lie unread before the server takes it back. */
  databaseIdleSnapshotMs: 60_000,
  /** How long the last step of a rebuild waits for readers of the old tables. */
  rebuildLockMs: 30_000,
  /** Live objects that a rebuild writes in one statement. */
  rebuildObjectsCount: 5_000,
  /** Events of a chapter; of one object that are packed together, and their bytes; how often a new chapter is looked for. */
  chapterEventsCount: 500_000,
  chapterRowEventsCount: 16,
  chapterRowBytes: 64 * 1024,
  chapterIntervalMs: 5 * 60_000,
  /** Memory that Postgres sorts a chapter in. */
  chapterSortBytes: 32 * 1024 * 1024,
  /** Packed rows of an object read at a time. */
  chapterRowsCount: 16,
  /** Names gone since a moment that a page of it sorts; where there are more it walks along all names there ever were. */
  sortedNamesCount: 100_000,
  /** How long a rebuild waits for a chapter that is being bound. */
  chapterLockMs: 5 * 60_000,
  /** Rows fetched at once by reads that stream. */
  databaseCursorCount: 500,
  /** Objects held in memory, and their bytes; creates are refused beyond. */
  liveObjectsCount: 2_000_000,
  liveObjectsBytes: 8 * 1024 * 1024 * 1024,
  /** Objects, and bytes of them, that a list of the past reads from Postgres at a time. */
  pastPageCount: 1_000,
  pastPageBytes: 16 * 1024 * 1024,
  /** Names that are looked at in one go, at least, where those before were given up at the moment asked for. */
  pastNamesCount: 64,
  /** Bytes of objects in one answer of the past; a larger one is asked for page by page. */
  pastListBytes: 256 * 1024 * 1024,
  /** Time a read waits for a revision it names. */
  waitForRevisionMs: 3_000,
  /** How long core/v1 Events are kept. */
  eventWindowMs: 30 * 24 * 3_600_000,
  /** FEED stream: memory bound and age. */
  feedBytes: 64 * 1024 * 1024,
  feedAgeMs: 10 * 60_000,
  /** Events that wait to be dispatched; beyond it they are dropped and followers relist. */
  feedQueueCount: 20_000,
  feedQueueBytes: 32 * 1024 * 1024,
  /** Events on their way to FEED at once. */
  feedWindowCount: 64,
  /** How long FEED remembers message ids: two dispatchers of the same events publish each once. */
  feedDuplicateMs: 120_000,
  feedRetryMs: 200,
  /** How often the dispatcher looks what is followed, and how many followers' filters it tells apart. */
  feedInterestMs: 10_000,
  feedFollowersCount: 8_192,
  /** Controllers: work queue and retry back-off. */
  workQueueCount: 100_000,
  retryMinimumMs: 50,
  retryMaximumMs: 30_000,
  controllerConcurrency: 8,
  /** Commands of one plan that run at the same time, and how many creations or deletions one plan may hold. */
  commandBatchCount: 64,
  replicaBurstCount: 500,
  /** After this long a plan that waits for its own writes to show in its view says so in the log. */
  visibilityWarningMs: 5_000,
  /** Absent objects whose end a view remembers. */
  viewTombstonesCount: 4_096,
  /** Client of the API: connection, one request, probing of an idle connection, sizes, retries told by Retry-After. */
  apiConnectMs: 5_000,
  apiRequestMs: 60_000,
  apiKeepaliveMs: 15_000,
  /** What a server may send ahead of the reader, on one stream and on all of a connection. */
  apiStreamWindowBytes: 4 * 1024 * 1024,
  apiConnectionWindowBytes: 64 * 1024 * 1024,
  apiResponseBytes: 512 * 1024 * 1024,
  apiStatusBytes: 1024 * 1024,
  watchLineBytes: 16 * 1024 * 1024,
  apiRetriesCount: 10,
  apiRetryAfterMs: 30_000,
  /** Recorder of core/v1 Events: waiting ones, remembered ones, attempts, and what one object may record. */
  recorderQueueCount: 1_000,
  recorderConcurrency: 16,
  recorderMemoryCount: 4_096,
  recorderAttemptsCount: 12,
  recorderRetryMs: 10_000,
  recorderBurstCount: 25,
  recorderRefillMs: 300_000,
  recorderSimilarCount: 10,
  recorderSimilarMs: 600_000,
  /** Scheduler: bindings under way, and the back-off of a pod that found no place. */
  bindingConcurrency: 32,
  podBackoffMinimumMs: 1_000,
  podBackoffMaximumMs: 10_000,
  /** Endpoints in one EndpointSlice, addresses in one Endpoints object. */
  endpointsPerSliceCount: 100,
  /** Addresses of one subset of an Endpoints object that are shown as slices. */
  mirroredAddressesCount: 1_000,
  endpointAddressesCount: 1_000,
  /** Finished pods kept before the oldest are removed; how long a node must be gone before its pods are. */
  finishedPodsCount: 12_500,
  nodeGoneMs: 40_000,
  /** Agent. */
  podSyncConcurrency: 8,
  podsPerNodeCount: 250,
  containerRestartMinimumMs: 10_000,
  containerRestartMaximumMs: 300_000,
  imagePullBackoffMinimumMs: 10_000,
  imagePullBackoffMaximumMs: 300_000,
  containerLogBytes: 10 * 1024 * 1024,
  containerLogFilesCount: 5,
  /** One CRI call that does no long work; a version or status question; a sandbox with its network; an image pull. */
  runtimeCallMs: 120_000,
  runtimeProbeMs: 10_000,
  sandboxStartMs: 240_000,
  imagePullMs: 15 * 60_000,
  imagePullConcurrency: 5,
  execMs: 3_600_000,
  /** How long a container start waits for the objects and services it refers to. */
  referencedObjectsMs: 10_000,
  /** Back-off of a pod's status writes and runtime calls. */
  /** How long a state that a starting pod only passes through waits for the next one before it is written. */
  statusSettleMs: 150,
  statusRetryMinimumMs: 200,
  statusRetryMaximumMs: 10_000,
  /** How often an object a pod refers to is looked at again though its watch said nothing. */
  referencedObjectRefreshMs: 5 * 60_000,
  /** Service rules: how long changes are gathered, and the back-off when the kernel refuses them. */
  proxyDebounceMs: 50,
  proxyRetryMinimumMs: 500,
  proxyRetryMaximumMs: 30_000,
  /** How often the node writes its status though nothing has changed, and how often it looks for changes. */
  nodeStatusMs: 300_000,
  nodeCheckMs: 10_000,
  nodeNotReadyCheckMs: 250,
  /** How often sizes of container logs are looked at, and how long a follower of one waits for a sign of change. */
  logRotationMs: 10_000,
  logFollowCheckMs: 1_000,
  leaseRetryMs: 1_000,
  /** Images a Node's status names. */
  nodeImagesCount: 50,
  /** How long a failed pull shows as ErrImagePull before it shows as ImagePullBackOff. */
  pullErrorShownMs: 1_000,
  /** How often the runtime is asked again for an image that may not be pulled. */
  imageNeverPullCheckMs: 5_000,
  runtimeReplyBytes: 16 * 1024 * 1024,
  runtimeReconnectMs: 200,
  /** How often everything the runtime has is listed, events or not. */
  runtimeRelistMs: 10_000,
  /** Back-off of sandbox and volume failures. */
  podRetryMinimumMs: 500,
  podRetryMaximumMs: 120_000,
  terminationMessageBytes: 4096,
  terminationMessageLogLines: 80,
  leaseDurationSeconds: 40,
  leaseRenewMs: 10_000,
  nodeMonitorGraceMs: 40_000,
  /** Certificates: how long they live and how long before their end they are made anew. */
  authorityDays: 3_650,
  authorityRenewDays: 30,
  certificateDays: 365,
  certificateRenewDays: 90,
  /** How long one process waits for another that is making certificates. */
  pkiLockMs: 30_000,
  /** Supervisor: restart back-off of a child and how long a stop may take before SIGKILL. */
  childRestartMinimumMs: 200,
  childRestartMaximumMs: 10_000,
  childStopMs: 15_000,
  startTimeoutMs: 60_000,
  /** A child that ran this long was well: its next restart is quick again. */
  childStableMs: 30_000,
  /** How long `up` waits for the node to become Ready, and `down` for the supervisor. */
  nodeReadyMs: 120_000,
  clusterStopMs: 120_000,
  /** Heap bounds of our services' processes. */
  apiHeapMiB: 4_096,
  apiYoungHeapMiB: 16,
  serviceHeapMiB: 512,
  serviceYoungHeapMiB: 2,
  /** When a process counts as idle (its share of one core since the last look), and how much it must have grown to be collected. */
  idleCheckMs: 3_000,
  idleCpuShare: 0.03,
  idleGrowthBytes: 4 * 1024 * 1024,
  /** What containers get to end by themselves when the whole cluster stops. */
  clusterStopGraceSeconds: 5,
  /** Embedded Postgres: connections and buffers; small, because every process holds few. */
  postgresConnectionsCount: 20,
  postgresBuffersBytes: 32 * 1024 * 1024,
  /** Buffers that large answers are gathered in: the size of each, and how many are kept for the next answer. */
  responseChunkBytes: 64 * 1024,
  responseChunksCount: 64,
  /** Series of one metric; what goes beyond is counted together. */
  metricSeriesCount: 10_000,
  /** How often the event loop's delay is looked at, and over which time it is told. */
  eventLoopResolutionMs: 20,
  eventLoopWindowMs: 15_000,
  /** Telemetry sent to a collector: spans that wait, spans of one request, causes a span names, how often, how long. */
  spanQueueCount: 8_192,
  spanBatchCount: 512,
  spanLinksCount: 128,
  spanExportMs: 1_000,
  metricExportMs: 15_000,
  telemetryRequestMs: 5_000,
  /** The bench: its connections for requests and for watches, and how long a watcher waits for an event. */
  benchConnectionsCount: 8,
  benchWatchConnectionsCount: 16,
  /** Objects it deletes with one request when it removes what it made. */
  benchDeletedCount: 500,
  /** What it lets a server send ahead on a stream and on a connection: as much as client-go does. */
  benchStreamWindowBytes: 4 * 1024 * 1024,
  benchConnectionWindowBytes: 1024 * 1024 * 1024,
  benchEventMs: 30_000,
  benchSoakSampleMs: 5_000,
  /** Messages inside messages in a protobuf body. */
  wireNestingCount: 64,
  /** Names and annotations, as Kubernetes bounds them. */
  annotationsBytes: 256 * 1024,
  configMapBytes: 1024 * 1024,
  secretBytes: 1024 * 1024,
});
