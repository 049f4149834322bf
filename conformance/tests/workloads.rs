//! Shapes of workloads that are known to use HostProcess: each is denied without
//! settings and admitted by a rule of its own under the default requirements.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use conformance::expectation::Response;
use conformance::kinds::Kind;
use conformance::{Builds, data, suggestion, table, trials};
use libtest_mimic::Failed;
use serde_json::{Value, json};

/// Workloads that say nothing of Windows nodes: a debugging pod is bound to its node by name.
const WARNED: [&str; 1] = ["kubectl-debug-node"];

/// Manifests as published, where a folder with some stands beside the project, and the rule for each.
const PUBLISHED: [(&str, &str); 2] = [
    (
        "antrea-windows.yaml",
        r#"{"allow":[{"name":"antrea-agent","namespaces":["kube-system"],"images":["docker.io/antrea/antrea-windows"],
            "runAsUserNames":["NT AUTHORITY\\SYSTEM"],"serviceAccountNames":["antrea-agent"]}]}"#,
    ),
    (
        "csi-proxy.yaml",
        r#"{"allow":[{"name":"csi-proxy","namespaces":["kube-system"],"images":["ghcr.io/kubernetes-sigs/sig-windows/csi-proxy"],
            "runAsUserNames":["NT AUTHORITY\\SYSTEM"],"serviceAccountNames":["default"],"commands":[""]}]}"#,
    ),
];

struct Workload {
    name: String,
    manifest: PathBuf,
    settings: Value,
    warnings: usize,
}

fn main() -> ExitCode {
    trials::run(workloads(), |workload| &workload.name, judge)
}

fn workloads() -> Vec<Workload> {
    let own = data::list(&data::path("workloads"))
        .into_iter()
        .map(|folder| {
            let name = folder
                .file_name()
                .expect("a folder has a name")
                .to_string_lossy()
                .into_owned();
            Workload {
                manifest: folder.join("manifest.yaml"),
                settings: data::yaml(&folder.join("settings.yaml")),
                warnings: usize::from(WARNED.contains(&name.as_str())),
                name,
            }
        });
    let folder = data::root().join("../shared/manifests");
    let published = PUBLISHED
        .iter()
        .filter(|_| folder.is_dir())
        .map(|(file, settings)| Workload {
            name: format!("{file} as published"),
            manifest: folder.join(file),
            settings: serde_json::from_str(settings).expect("the rule is JSON"),
            warnings: 0,
        });
    own.chain(published).collect()
}

fn judge(builds: &Builds, workload: &Workload) -> Result<(), Failed> {
    let mut asking = 0;
    for request in requests(&workload.manifest) {
        let nothing = json!({});
        let denial = builds
            .validate(&table::payload(&request, &nothing), None)?
            .response;
        let denied: Response = serde_json::from_slice(&denied_or(&denial, &request)?)?;
        if denied.accepted {
            continue;
        }
        asking += 1;
        let complaints = suggestion::try_it(builds, &request, &nothing, None, &denial);
        if !complaints.is_empty() || !denied.audit_annotations.contains_key("suggested-rule") {
            return Err(format!("no suggestion that admits: {}", complaints.join("; ")).into());
        }
        let response = builds
            .validate(&table::payload(&request, &workload.settings), None)?
            .response;
        let admitted: Response = serde_json::from_slice(&response)?;
        let rule = workload.settings["allow"][0]["name"]
            .as_str()
            .map(str::to_owned);
        if !admitted.accepted
            || admitted.audit_annotations.get("allowed-by") != rule.as_ref()
            || admitted.warnings.len() != workload.warnings
        {
            return Err(format!(
                "not admitted as it should be: {}",
                String::from_utf8_lossy(&response)
            )
            .into());
        }
    }
    if asking == 1 {
        Ok(())
    } else {
        Err(format!("{asking} objects ask for HostProcess, not one").into())
    }
}

/// The response without settings: a denial by the rules alone, or, for what asks for
/// no HostProcess, nothing but acceptance.
fn denied_or(response: &[u8], request: &Value) -> Result<Vec<u8>, Failed> {
    let text = String::from_utf8_lossy(response).into_owned();
    let is_config_map = request["kind"]["kind"] == "ConfigMap";
    let fine = if is_config_map {
        text == r#"{"accepted":true}"#
    } else {
        text.contains(".securityContext.windowsOptions.hostProcess: Forbidden: ")
            && text.contains(
                "; no rule allows anything: the policy's settings have none\",\"code\":403,",
            )
    };
    if fine {
        Ok(response.to_vec())
    } else {
        Err(format!("without settings: {text}").into())
    }
}

/// A request to create each document of a manifest.
fn requests(manifest: &Path) -> Vec<Value> {
    serde_saphyr::from_multiple::<Value>(&data::text(manifest))
        .unwrap_or_else(|error| panic!("{}: {error}", manifest.display()))
        .into_iter()
        .map(|object| {
            let api_version = object["apiVersion"].as_str().expect("a manifest has an apiVersion");
            let kind = Kind::named(&format!("{api_version}/{}", object["kind"].as_str().expect("a manifest has a kind")));
            json!({
                "uid": "7c8f3a52-0d2f-4c55-9d7c-2f7e1d1b9b41",
                "kind": kind.as_request_kind(),
                "resource": kind.as_request_resource(),
                "name": object["metadata"]["name"],
                "namespace": object["metadata"]["namespace"],
                "operation": "CREATE",
                "userInfo": { "username": "kubernetes-admin", "groups": ["kubeadm:cluster-admins", "system:authenticated"] },
                "object": object,
            })
        })
        .collect()
}
