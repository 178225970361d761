export { record, Recording, type Outputs, type RecordedResource } from "./recordingMonitor";
export { checkRecording } from "./checkRecording";
export { replay, type PolicyViolation, type ReplayOptions } from "./replay";
