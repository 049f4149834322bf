//! The kinds that carry a pod template, and where in them it stands.

use crate::tape::{Children, Ref, Search, Shape, TEXTS};

/// Where an object of some kind carries its pod spec.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Home {
    /// `spec`, with the object's own metadata: Pod.
    Pod,
    /// `template`: PodTemplate.
    Template,
    /// `spec.template`: the controllers and Job.
    SpecTemplate,
    /// `spec.jobTemplate.spec.template`: CronJob.
    JobTemplate,
    /// Anywhere, and any number of them: kinds that Kubernetes does not define.
    Anywhere,
}

/// Where an object of this group and kind carries its pod spec, whatever the
/// version. A kind of the same name in another group is another kind.
pub(crate) fn home(group: &str, kind: &str) -> Home {
    match (group, kind) {
        ("", "Pod") => Home::Pod,
        ("", "PodTemplate") => Home::Template,
        ("", "ReplicationController")
        | ("apps", "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet")
        | ("batch", "Job") => Home::SpecTemplate,
        ("batch", "CronJob") => Home::JobTemplate,
        _ => Home::Anywhere,
    }
}

impl Home {
    /// The fields from the object's top down to what holds the pod spec and the
    /// pod's metadata.
    pub(crate) fn steps(self) -> &'static [&'static str] {
        match self {
            Home::Pod | Home::Anywhere => &[],
            Home::Template => &["template"],
            Home::SpecTemplate => &["spec", "template"],
            Home::JobTemplate => &["spec", "jobTemplate", "spec", "template"],
        }
    }

    /// What is kept of such an object.
    pub(crate) fn shape(self) -> &'static Shape {
        match self {
            Home::Pod => &POD,
            Home::Template => &TEMPLATE,
            Home::SpecTemplate => &SPEC_TEMPLATE,
            Home::JobTemplate => &JOB_TEMPLATE,
            Home::Anywhere => &ANYWHERE,
        }
    }
}

/// The shape of the `object` of an admission request that has the fields
/// `before` in front of it; none where its kind is not among them.
pub(crate) fn shape_beside(mut before: Children<'_>) -> Option<&'static Shape> {
    let kind = before.find(|field| field.key() == "kind")?;
    let group = kind.get("group").and_then(Ref::as_text).unwrap_or_default();
    Some(home(group, kind.get("kind")?.as_text()?).shape())
}

/// The annotations that the Windows runtime obeys.
pub(crate) const INHERIT_USER: &str = "microsoft.com/hostprocess-inherit-user";
pub(crate) const HOST_PROCESS_CONTAINER: &str = "microsoft.com/hostprocess-container";
pub(crate) const ROOTFS_LOCATION: &str = "microsoft.com/hostprocess-rootfs-location";

pub(crate) const ANNOTATIONS: Shape = Shape::Fields(&[
    (INHERIT_USER, Shape::Text),
    (HOST_PROCESS_CONTAINER, Shape::Text),
    (ROOTFS_LOCATION, Shape::Text),
]);

const METADATA: Shape = Shape::Fields(&[
    ("name", Shape::Text),
    ("generateName", Shape::Text),
    ("annotations", ANNOTATIONS),
]);

/// The field by which a `windowsOptions` asks for HostProcess.
pub(crate) const ASKING: Shape = Shape::Fields(&[("hostProcess", Shape::Flag)]);
pub(crate) const WINDOWS_OPTIONS: Shape =
    Shape::Fields(&[("hostProcess", Shape::Flag), ("runAsUserName", Shape::Text)]);

const SECURITY_CONTEXT: Shape = Shape::Fields(&[
    ("windowsOptions", WINDOWS_OPTIONS),
    ("runAsNonRoot", Shape::Flag),
]);

/// What a hook or a probe runs in the container.
const HANDLER: Shape = Shape::Fields(&[("exec", Shape::Fields(&[("command", TEXTS)]))]);

const CONTAINER: Shape = Shape::Fields(&[
    ("name", Shape::Text),
    ("image", Shape::Text),
    ("command", TEXTS),
    ("args", TEXTS),
    (
        "lifecycle",
        Shape::Fields(&[("postStart", HANDLER), ("preStop", HANDLER)]),
    ),
    ("livenessProbe", HANDLER),
    ("readinessProbe", HANDLER),
    ("startupProbe", HANDLER),
    ("securityContext", SECURITY_CONTEXT),
    (
        "volumeMounts",
        Shape::List(&Shape::Fields(&[("name", Shape::Text)])),
    ),
]);

const REQUIRED_NODE_AFFINITY: Shape = Shape::Fields(&[(
    "nodeSelectorTerms",
    Shape::List(&Shape::Fields(&[(
        "matchExpressions",
        Shape::List(&Shape::Fields(&[
            ("key", Shape::Text),
            ("operator", Shape::Text),
            ("values", TEXTS),
        ])),
    )])),
)]);

pub(crate) const POD_SPEC: Shape = Shape::Fields(&[
    ("containers", Shape::List(&CONTAINER)),
    ("initContainers", Shape::List(&CONTAINER)),
    ("ephemeralContainers", Shape::List(&CONTAINER)),
    ("securityContext", SECURITY_CONTEXT),
    ("hostNetwork", Shape::Flag),
    ("serviceAccountName", Shape::Text),
    ("serviceAccount", Shape::Text),
    (
        "volumes",
        Shape::List(&Shape::Fields(&[
            ("name", Shape::Text),
            (
                "hostPath",
                Shape::Fields(&[("path", Shape::Text), ("type", Shape::Text)]),
            ),
        ])),
    ),
    ("runtimeClassName", Shape::Text),
    ("nodeName", Shape::Text),
    ("nodeSelector", Shape::Labels),
    (
        "affinity",
        Shape::Fields(&[(
            "nodeAffinity",
            Shape::Fields(&[(
                "requiredDuringSchedulingIgnoredDuringExecution",
                REQUIRED_NODE_AFFINITY,
            )]),
        )]),
    ),
    ("os", Shape::Fields(&[("name", Shape::Text)])),
]);

static POD: Shape = Shape::Fields(&[("metadata", METADATA), ("spec", POD_SPEC)]);
const POD_TEMPLATE: Shape = Shape::Fields(&[("metadata", METADATA), ("spec", POD_SPEC)]);
static TEMPLATE: Shape = Shape::Fields(&[("metadata", METADATA), ("template", POD_TEMPLATE)]);
const CONTROLLER: Shape = Shape::Fields(&[
    ("metadata", METADATA),
    ("spec", Shape::Fields(&[("template", POD_TEMPLATE)])),
]);
static SPEC_TEMPLATE: Shape = CONTROLLER;
static JOB_TEMPLATE: Shape = Shape::Fields(&[
    ("metadata", METADATA),
    ("spec", Shape::Fields(&[("jobTemplate", CONTROLLER)])),
]);

/// Every field name above, for documents in which the pod specs have to be
/// found first.
static NAMES: [&str; 48] = [
    "affinity",
    "annotations",
    "args",
    "command",
    "containers",
    "ephemeralContainers",
    "exec",
    "generateName",
    "hostNetwork",
    "hostPath",
    "hostProcess",
    "image",
    "initContainers",
    "key",
    "lifecycle",
    "livenessProbe",
    "matchExpressions",
    "metadata",
    "name",
    "nodeAffinity",
    "nodeName",
    "nodeSelector",
    "nodeSelectorTerms",
    "operator",
    "os",
    "path",
    "postStart",
    "preStop",
    "readinessProbe",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "runAsNonRoot",
    "runAsUserName",
    "runtimeClassName",
    "securityContext",
    "serviceAccount",
    "serviceAccountName",
    "spec",
    "startupProbe",
    "template",
    "type",
    "values",
    "volumeMounts",
    "volumes",
    "windowsOptions",
    "jobTemplate",
    INHERIT_USER,
    HOST_PROCESS_CONTAINER,
    ROOTFS_LOCATION,
];

static METADATA_ANYWHERE: Shape = METADATA;
static SEARCHED: Shape = Shape::Search(&Search {
    names: &NAMES,
    labels: &SEARCHED_LABELS,
});
static SEARCHED_LABELS: Shape = Shape::SearchLabels(&SEARCHED);
static ANYWHERE: Shape = Shape::SearchRoot(&METADATA_ANYWHERE, &SEARCHED);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeSet;
    use alloc::vec::Vec;

    fn field_names(shape: &Shape, names: &mut BTreeSet<&'static str>) {
        match shape {
            Shape::List(element) => field_names(element, names),
            Shape::Fields(fields) => {
                for (name, shape) in *fields {
                    names.insert(name);
                    field_names(shape, names);
                }
            }
            _ => {}
        }
    }

    #[test]
    fn a_search_keeps_every_field_that_the_known_kinds_keep() {
        let mut known = BTreeSet::new();
        for shape in [&POD, &TEMPLATE, &SPEC_TEMPLATE, &JOB_TEMPLATE] {
            field_names(shape, &mut known);
        }
        let searched: BTreeSet<_> = NAMES.into_iter().collect();
        assert_eq!(searched, known);
        assert_eq!(searched.len(), NAMES.len());
        // A bit in a 64-bit word tells which names an object has had.
        assert!(NAMES.len() <= 64);
    }

    #[test]
    fn a_kind_of_another_group_is_another_kind() {
        let kinds = [
            ("", "Pod", Home::Pod),
            ("", "PodTemplate", Home::Template),
            ("", "ReplicationController", Home::SpecTemplate),
            ("apps", "DaemonSet", Home::SpecTemplate),
            ("apps", "Deployment", Home::SpecTemplate),
            ("apps", "ReplicaSet", Home::SpecTemplate),
            ("apps", "StatefulSet", Home::SpecTemplate),
            ("batch", "Job", Home::SpecTemplate),
            ("batch", "CronJob", Home::JobTemplate),
            ("apps", "Pod", Home::Anywhere),
            ("", "Deployment", Home::Anywhere),
            ("batch.volcano.sh", "Job", Home::Anywhere),
            ("", "pod", Home::Anywhere),
        ];
        let found: Vec<_> = kinds.iter().map(|k| home(k.0, k.1)).collect();
        let expected: Vec<_> = kinds.iter().map(|k| k.2).collect();
        assert_eq!(found, expected);
    }
}
