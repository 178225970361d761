// The measurements of `npm run bench` ask the pack in the same way.
export * from "kubefabric/internal/bench/policyServer";
