/**
 * What the daily check of an organization's certificates does. It runs in the cluster, where nothing
 * else of this package runs, and sees when certificates begin and end, never a key.
 *
 * A CronJob runs this folder and `fabric/identities` as they are compiled, so they import Node's own
 * modules and one another, and nothing else.
 */
import {
    type CertificateLife,
    daysUntil,
    endInWords,
    LIVES,
    remedyDue,
    type Remedy,
} from "../../fabric/identities";

/** Name of the metric: when a certificate ends, in seconds since 1970. */
const METRIC = "kubefabric_certificate_expires_timestamp_seconds";

/** What the check gets from where it runs. */
export interface CheckSettings {
    /** MSP ID. */
    organization: string;
    namespace: string;
    /** Days before an end from which the check fails. */
    warnDays: number;
    now: Date;
    /** Asks the API server. */
    api: (method: "GET" | "POST", path: string, body?: unknown) => Promise<Answer>;
    /** Puts metrics to a Pushgateway, where there is one. */
    push?: (path: string, metrics: string) => Promise<Answer>;
    log: (line: string) => void;
}

/** Answer to an HTTP request. */
export interface Answer {
    status: number;
    text: string;
}

/** The part of a Kubernetes object that is read here. */
interface KubernetesObject {
    apiVersion: string;
    kind: string;
    metadata: {
        name: string;
        uid: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
    };
    spec?: { template?: { metadata?: { annotations?: Record<string, string> } } };
    data?: Record<string, string>;
}

interface Certificate {
    /** The object that events are about. */
    object: KubernetesObject;
    /** Node or ordering service; empty for what is the whole organization's. */
    node: string;
    use: string;
    life: CertificateLife;
    /** When the certificate ends that a restart of the node would bring. */
    next?: string;
}

/** Lives of an object's certificates, by what they are used for. */
type Lives = Record<string, CertificateLife>;

/**
 * Prints and pushes when every certificate ends, and raises an event for each that something is due to.
 *
 * @returns the exit code: 0, or 1 when a certificate ends within the days of warning.
 * @throws when the API server or the Pushgateway does not take a request.
 */
export async function checkCertificates(settings: CheckSettings): Promise<0 | 1> {
    const { organization, namespace, warnDays, now, log } = settings;
    const certificates = await certificatesOf(settings);
    const metrics = metricsOf(organization, certificates);
    log(metrics);
    for (const certificate of certificates) {
        const words = warningOf(certificate, now);
        if (words !== undefined) {
            log(`WARNING ${words}`);
            await raise(settings, certificate, words);
        }
    }
    if (settings.push !== undefined) {
        // The group is replaced whole, so that a node that is gone leaves no metric behind.
        const group = `organization/${encodeURIComponent(organization)}/namespace/${namespace}`;
        const path = `metrics/job/kubefabric_certificates/${group}`;
        expected(await settings.push(path, `${metrics}\n`), "the Pushgateway", [200, 202]);
    }
    const soon = certificates.some(({ life }) => daysUntil(life.notAfter, now) < warnDays);
    log(`${soon ? "FAILED a" : "OK no"} certificate ends in less than ${warnDays} days`);
    return soon ? 1 : 0;
}

/** Every certificate that the namespace's objects tell of. */
async function certificatesOf(settings: CheckSettings): Promise<Certificate[]> {
    const { namespace } = settings;
    const [sets, pods, maps] = await Promise.all([
        list(settings, `/apis/apps/v1/namespaces/${namespace}/statefulsets`),
        list(settings, `/api/v1/namespaces/${namespace}/pods`),
        list(settings, `/api/v1/namespaces/${namespace}/configmaps`),
    ]);
    const ofNodes = sets.flatMap((set) => {
        const { name } = set.metadata;
        const next = livesIn(set.spec?.template?.metadata?.annotations?.[LIVES.annotation]);
        if (next === undefined) {
            settings.log(`${name}: its keys are kept elsewhere, nothing is known of them here`);
            return [];
        }
        // A node reads its certificates at start: those that count are the ones its Pod started with.
        const pod = pods.find(({ metadata }) => metadata.name === `${name}-0`);
        const running = livesIn(pod?.metadata.annotations?.[LIVES.annotation]) ?? next;
        const object = { ...set, apiVersion: "apps/v1", kind: "StatefulSet" };
        return toCertificates(object, name, running, next);
    });
    const ofOthers = maps.flatMap((map) => {
        const object = { ...map, apiVersion: "v1", kind: "ConfigMap" };
        const owner = map.metadata.labels?.["app.kubernetes.io/instance"] ?? "";
        return toCertificates(object, owner, livesIn(map.data?.[LIVES.entry]) ?? {});
    });
    return [...ofOthers, ...ofNodes];
}

function toCertificates(object: KubernetesObject, node: string, lives: Lives, next?: Lives) {
    return Object.entries(lives).map(([use, life]): Certificate => ({
        object,
        node,
        use,
        life,
        next: next?.[use]?.notAfter,
    }));
}

function livesIn(text: string | undefined): Lives | undefined {
    return text === undefined ? undefined : (JSON.parse(text) as Lives);
}

async function list(settings: CheckSettings, path: string): Promise<KubernetesObject[]> {
    const query = "labelSelector=app.kubernetes.io%2Fpart-of%3Dkubefabric";
    const answer = await settings.api("GET", `${path}?${query}`);
    const text = expected(answer, `the API server, asked for ${path},`, [200]);
    return (JSON.parse(text) as { items: KubernetesObject[] }).items;
}

/** The text of an answer with one of the expected codes. */
function expected({ status, text }: Answer, who: string, codes: readonly number[]): string {
    if (!codes.includes(status)) {
        throw new Error(`${who} answers ${status}: ${text}`);
    }
    return text;
}

/** Metrics in Prometheus' text format. */
function metricsOf(organization: string, certificates: readonly Certificate[]): string {
    return [
        `# HELP ${METRIC} When a certificate ends, in seconds since 1970.`,
        `# TYPE ${METRIC} gauge`,
        ...certificates.map(({ node, use, life }) => {
            const labels = Object.entries({ organization, node, use }).map(
                ([name, value]) => `${name}="${value}"`,
            );
            return `${METRIC}{${labels.join(",")}} ${Date.parse(life.notAfter) / 1000}`;
        }),
    ].join("\n");
}

const WHAT_TO_DO: Record<Remedy | "restart", string> = {
    renewal: 'run "pulumi up", which renews it with the same key and restarts what uses it',
    restart: 'its successor waits for a restart of the node: run "pulumi up"',
    newCa: "it is a CA or ends with one, which no update renews: see docs/certificates.md of kubefabric",
};

/** What there is to say about a certificate, or nothing. */
function warningOf({ node, use, life, next }: Certificate, now: Date): string | undefined {
    const outdated = next !== undefined && Date.parse(next) > Date.parse(life.notAfter);
    const due = outdated ? "restart" : remedyDue(life, now);
    const what = `the ${use} certificate of ${node || "the organization"}`;
    return due && `${what} ${endInWords(life.notAfter, now)}; ${WHAT_TO_DO[due]}`;
}

/** Raises an event about the object that holds a certificate; one a day. */
async function raise(settings: CheckSettings, { object, use }: Certificate, note: string) {
    const { namespace, now } = settings;
    const { apiVersion, kind } = object;
    const { name, uid } = object.metadata;
    const answer = await settings.api(
        "POST",
        `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
        {
            apiVersion: "events.k8s.io/v1",
            kind: "Event",
            // The day is in its name, so a second check of that day finds it there (409).
            metadata: { name: `${name}.${use}.${now.toISOString().slice(0, 10)}`, namespace },
            // Kubernetes reads microseconds here, and nothing shorter.
            eventTime: now.toISOString().replace("Z", "000Z"),
            type: "Warning",
            reason: "CertificateExpiring",
            action: "CheckCertificates",
            regarding: { apiVersion, kind, namespace, name, uid },
            note,
            reportingController: "kubefabric.io/certificate-check",
            reportingInstance: "certificate-check",
        },
    );
    expected(answer, `the API server, told an event about ${name},`, [201, 409]);
}
