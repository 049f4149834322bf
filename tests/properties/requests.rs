//! Generated admission requests. Most of them ask for HostProcess.

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// The lists of containers in a pod spec.
pub const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

const INHERIT_USER: &str = "microsoft.com/hostprocess-inherit-user";

/// An image with a digest.
const PINNED_IMAGE: &str =
    "quay.io/c@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A kind of objects with a pod template.
#[derive(Clone, Copy, Debug)]
struct Kind {
    group: &'static str,
    name: &'static str,
    /// The JSON pointer of the pod template; empty for a Pod, which looks like a template itself.
    template: &'static str,
}

static KINDS: [Kind; 5] = [
    Kind::new("", "Pod", ""),
    Kind::new("", "PodTemplate", "/template"),
    Kind::new("apps", "DaemonSet", "/spec/template"),
    Kind::new("batch", "CronJob", "/spec/jobTemplate/spec/template"),
    Kind::new("argoproj.io", "Rollout", "/spec/template"),
];

/// A generated request.
#[derive(Clone, Debug)]
pub struct GeneratedRequest {
    pub request: Value,
    /// The JSON pointer of the pod template in `object` and in `oldObject`.
    template: &'static str,
}

impl Kind {
    const fn new(group: &'static str, name: &'static str, template: &'static str) -> Self {
        Kind {
            group,
            name,
            template,
        }
    }

    /// Returns an object of this kind around `template`.
    fn wrap(self, template: Value) -> Value {
        // From the innermost key to the outermost one.
        let keys = self.template.rsplit('/').filter(|key| !key.is_empty());
        keys.fold(template, |object, key| json!({ key: object }))
    }
}

impl GeneratedRequest {
    fn new(kind: Kind, operation: &str, user: &str, template: Value) -> Self {
        let request = json!({
            "kind": { "group": kind.group, "version": "v1", "kind": kind.name },
            "operation": operation,
            "name": "a",
            "namespace": "kube-system",
            "userInfo": { "username": user, "groups": ["system:authenticated"] },
            "object": kind.wrap(template),
        });
        GeneratedRequest {
            request,
            template: kind.template,
        }
    }

    fn with_old_template(mut self, kind: Kind, template: Value) -> Self {
        self.request["oldObject"] = kind.wrap(template);
        self
    }

    /// Returns the pod template in `object` or `oldObject`; `None` if there is no such object.
    pub fn template_mut(&mut self, object: &str) -> Option<&mut Value> {
        let pointer = format!("/{object}{}", self.template);
        self.request.pointer_mut(&pointer)
    }

    pub fn spec_mut(&mut self) -> &mut Value {
        let template = self.template_mut("object").expect("a pod template");
        &mut template["spec"]
    }

    /// Returns the JSON pointer of the pod spec in the request.
    pub fn spec_pointer(&self) -> String {
        format!("/object{}/spec", self.template)
    }

    /// Returns the JSON pointers of all containers.
    pub fn container_pointers(&self) -> Vec<String> {
        let mut pointers = Vec::new();
        for list in CONTAINER_LISTS {
            let list = format!("{}/{list}", self.spec_pointer());
            let containers = self.request.pointer(&list).and_then(Value::as_array);
            let count = containers.map_or(0, Vec::len);
            pointers.extend((0..count).map(|index| format!("{list}/{index}")));
        }
        pointers
    }

    /// Returns whether an annotation makes every container run as the user of containerd, so that
    /// no account counts.
    pub fn inherits_user(&self) -> bool {
        let pointer = format!("/object{}/metadata/annotations", self.template);
        let annotations = self.request.pointer(&pointer);
        annotations.is_some_and(|annotations| annotations[INHERIT_USER] == "true")
    }
}

/// Returns `object` without the fields that are null or an empty list.
pub fn without_empty_fields(mut object: Value) -> Value {
    let fields = object.as_object_mut().expect("an object");
    fields.retain(|_, value| match value {
        Value::Null => false,
        Value::Array(entries) => !entries.is_empty(),
        _ => true,
    });
    object
}

/// Generates one of the `usual` texts, and rarely one of the `odd` ones.
fn mostly(usual: &'static [&str], odd: &'static [&str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => select(usual), 1 => select(odd)]
}

fn image() -> impl Strategy<Value = &'static str> {
    let usual = &[
        "registry.example.com/a:v1",
        "registry.example.com/b",
        "nginx",
        PINNED_IMAGE,
    ];
    let odd = &["sha256:3fbc", "Upper/case", "registry.example.com/*"];
    mostly(usual, odd)
}

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    let usual = &["agent.exe", "-File", r"C:\k\a.ps1", "a*b", "&"];
    let odd = &["..", "$(X)*", "a b", "\u{e4}\"\n"];
    vec(mostly(usual, odd), 0..3)
}

fn account() -> impl Strategy<Value = &'static str> {
    let usual = &[
        r"NT AUTHORITY\SYSTEM",
        r"nt authority\Local service",
        r"CONTOSO\svc-a",
    ];
    let odd = &["Administrators", "SYSTEM", "*", r"CONTOSO\svc-?"];
    mostly(usual, odd)
}

fn service_account() -> impl Strategy<Value = &'static str> {
    mostly(&["default", "agent", "csi-a"], &["*", "csi-?"])
}

fn annotations() -> impl Strategy<Value = Value> {
    select(vec![
        json!({ INHERIT_USER: "true" }),
        json!({ INHERIT_USER: "True" }),
        json!({ "microsoft.com/hostprocess-container": "true" }),
        json!({ "microsoft.com/hostprocess-rootfs-location": r"C:\" }),
        json!({ "example.com/other": "true" }),
    ])
}

fn kind() -> impl Strategy<Value = Kind> {
    select(&KINDS[..])
}

fn user() -> impl Strategy<Value = &'static str> {
    select(vec![
        "alice",
        "system:serviceaccount:kube-system:daemon-set-controller",
    ])
}

fn windows_options(host_process: Option<bool>, account: Option<&str>) -> Value {
    let options = json!({ "hostProcess": host_process, "runAsUserName": account });
    json!({ "windowsOptions": without_empty_fields(options) })
}

prop_compose! {
    pub fn container()(
        image in weighted(0.98, image()),
        command in words(),
        args in words(),
        probe_command in of(words()),
        host_process in weighted(0.2, any::<bool>()),
        account in weighted(0.3, account()),
    ) -> Value {
        without_empty_fields(json!({
            "name": "c",
            "image": image,
            "command": command,
            "args": args,
            "livenessProbe": probe_command.map(|words| json!({ "exec": { "command": words } })),
            "securityContext": windows_options(host_process, account),
        }))
    }
}

prop_compose! {
    /// Generates a pod template.
    fn template()(
        init_containers in vec(container(), 0..2),
        containers in vec(container(), 1..4),
        ephemeral_containers in vec(container(), 0..2),
        host_process in weighted(0.8, Just(true)),
        account in weighted(0.9, account()),
        service_account in weighted(0.8, service_account()),
        host_network in weighted(0.8, Just(true)),
        annotations in weighted(0.3, annotations()),
    ) -> Value {
        let spec = json!({
            "initContainers": init_containers,
            "containers": containers,
            "ephemeralContainers": ephemeral_containers,
            "serviceAccountName": service_account,
            "hostNetwork": host_network,
            "nodeSelector": {},
            "securityContext": windows_options(host_process, account),
        });
        let metadata = json!({ "name": "a", "annotations": annotations });
        json!({
            "metadata": without_empty_fields(metadata),
            "spec": without_empty_fields(spec),
        })
    }
}

prop_compose! {
    /// Generates a request that creates a workload.
    pub fn creation()(
        kind in kind(),
        template in template(),
        user in user(),
    ) -> GeneratedRequest {
        GeneratedRequest::new(kind, "CREATE", user, template)
    }
}

prop_compose! {
    /// Generates a request that updates a workload. Half of the updates change nothing.
    fn update()(
        kind in kind(),
        template in template(),
        other_template in of(template()),
        user in user(),
    ) -> GeneratedRequest {
        let old_template = other_template.unwrap_or_else(|| template.clone());
        GeneratedRequest::new(kind, "UPDATE", user, template).with_old_template(kind, old_template)
    }
}

/// Generates creations and updates of workloads.
pub fn any_request() -> impl Strategy<Value = GeneratedRequest> {
    prop_oneof![creation(), update()]
}

/// Generates requests that ask for HostProcess without a pod spec, and requests that resemble them:
/// bindings with annotations, connections to pods, and a flag that stands alone.
pub fn request_without_pod_spec() -> impl Strategy<Value = GeneratedRequest> {
    prop_oneof![binding(), connection(), lone_flag()]
}

fn binding() -> impl Strategy<Value = GeneratedRequest> {
    let annotation = select(vec![
        INHERIT_USER,
        "microsoft.com/hostprocess-container",
        "microsoft.com/other",
    ]);
    annotation.prop_map(|annotation| {
        let object = json!({ "metadata": { "annotations": { annotation: "true" } } });
        GeneratedRequest::new(Kind::new("", "Binding", ""), "CREATE", "a", object)
    })
}

prop_compose! {
    fn connection()(
        kind in select(vec!["PodExecOptions", "PodAttachOptions", "PodProxyOptions"]),
        operation in select(vec!["CONNECT", "CREATE"]),
    ) -> GeneratedRequest {
        let object = json!({ "container": "a" });
        GeneratedRequest::new(Kind::new("", kind, ""), operation, "a", object)
    }
}

fn lone_flag() -> impl Strategy<Value = GeneratedRequest> {
    let value = select(vec![json!(true), json!("true"), json!(1), json!(null)]);
    value.prop_map(|value| {
        let object = json!({ "spec": { "windowsOptions": { "hostProcess": value } } });
        GeneratedRequest::new(
            Kind::new("example.com", "Runner", ""),
            "CREATE",
            "a",
            object,
        )
    })
}
