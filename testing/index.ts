export { record, Recording, type Outputs, type RecordedResource } from "./recordingMonitor";
