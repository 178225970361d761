/** Name under which a peer looks for its settings, in the folder that FABRIC_CFG_PATH names. */
export const CORE_YAML = "core.yaml";

/**
 * The builder of chaincode that runs as a service; it is in every image of a peer.
 *
 * @see https://github.com/hyperledger/fabric/blob/v3.1.5/sampleconfig/core.yaml#L607
 */
export const CCAAS_BUILDER = {
    name: "ccaas_builder",
    path: "/opt/hyperledger/ccaas_builder",
    propagateEnvironment: ["CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"],
} as const;

/**
 * Settings of a peer of Fabric 2.5 in place of those of its image, which name a Docker daemon: an empty
 * CORE_VM_ENDPOINT does not take that away there, as it does in Fabric 3.
 *
 * It has what has no default in Fabric's code, or a worse one than the image's file. Everything else is in
 * the environment, as for Fabric 3.
 *
 * @see https://github.com/hyperledger/fabric/blob/v2.5.16/cmd/peer/main.go#L33
 * @see https://github.com/hyperledger/fabric/blob/v2.5.16/sampleconfig/core.yaml
 */
export const CORE_YAML_OF_2_5 = `peer:
  BCCSP:
    Default: SW
    SW:
      Hash: SHA2
      Security: 256
  authentication:
    timewindow: 15m
  gateway:
    endorsementTimeout: 30s
    broadcastTimeout: 30s
    dialTimeout: 2m
  gossip:
    sendBuffSize: 200
    pvtData:
      pullRetryThreshold: 60s
      pushAckTimeout: 3s
      transientstoreMaxBlockRetention: 1000
      reconcileBatchSize: 10
      reconcileSleepInterval: 1m
      reconciliationEnabled: true
  handlers:
    authFilters:
      - name: DefaultAuth
      - name: ExpirationCheck
    decorators:
      - name: DefaultDecorator
    endorsers:
      escc:
        name: DefaultEndorsement
    validators:
      vscc:
        name: DefaultValidation
  discovery:
    enabled: true
    authCacheEnabled: true
    authCacheMaxSize: 1000
    authCachePurgeRetentionRatio: 0.75
  limits:
    concurrency:
      endorserService: 2500
      deliverService: 2500
      gatewayService: 500
chaincode:
  externalBuilders:
    - name: ${CCAAS_BUILDER.name}
      path: ${CCAAS_BUILDER.path}
      propagateEnvironment:
        - ${CCAAS_BUILDER.propagateEnvironment[0]}
  installTimeout: 300s
  startuptimeout: 300s
  executetimeout: 30s
  system:
    _lifecycle: enable
    cscc: enable
    lscc: enable
    qscc: enable
  logging:
    level: info
    shim: warning
ledger:
  state:
    totalQueryLimit: 100000
    couchDBConfig:
      maxRetries: 3
      requestTimeout: 35s
      maxBatchUpdateSize: 1000
      cacheSize: 64
  history:
    enableHistoryDatabase: true
`;
