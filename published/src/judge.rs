//! Verdicts, of the native build and of the built module at once.

use std::collections::BTreeMap;
use std::fs;
use std::sync::LazyLock;

use engine::{HostAnswers, Module, NoGrant};
use serde::Deserialize;
use serde_json::{Value, json};
use windows_hostprocess_policy as policy;

use crate::files;

static MODULE: LazyLock<Module> = LazyLock::new(|| {
    let path = files::root().join("policy.wasm");
    let bytes = fs::read(&path).unwrap_or_else(|error| {
        panic!("{}: {error}: run `make policy.wasm` first", path.display())
    });
    Module::load(&bytes).expect("the module can be loaded")
});

/// The policy's answer to a request.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// Whether the request is admitted.
    pub accepted: bool,
    /// Why not.
    #[serde(default)]
    pub message: String,
    /// The HTTP status of a refusal.
    #[serde(default)]
    pub code: u16,
    /// What goes into the API server's audit log.
    #[serde(default)]
    pub audit_annotations: BTreeMap<String, String>,
    /// What the user is told beside an admission.
    #[serde(default)]
    pub warnings: Vec<String>,
}

/// The policy's answer to settings.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct SettingsVerdict {
    /// Whether they are valid.
    pub valid: bool,
    /// What is wrong with them.
    #[serde(default)]
    pub message: String,
}

/// Judges an admission request under settings, on a host that grants nothing.
#[must_use]
pub fn request(request: &Value, settings: &Value) -> Verdict {
    request_on(NoGrant, request, settings)
}

/// Judges an admission request under settings, on `host`.
#[must_use]
pub fn request_on(
    host: impl HostAnswers + Clone + 'static,
    request: &Value,
    settings: &Value,
) -> Verdict {
    let payload = json!({ "request": request, "settings": settings }).to_string();
    let native = policy::validate(payload.as_bytes(), &NativeHost(host.clone()));
    let instance = MODULE.instance_with(host).expect("an instance starts");
    let module = instance
        .validate(payload.as_bytes())
        .expect("the module answers");
    agreed(&native, &module)
}

/// The host of the native build: gives the answers that the module gets.
struct NativeHost<H>(H);

impl<H: HostAnswers> policy::Host for NativeHost<H> {
    fn list_all_resources(&self, request: &[u8]) -> Result<Vec<u8>, String> {
        self.0
            .answer("kubewarden", "kubernetes", "list_resources_all", request)
    }
}

/// Judges settings.
#[must_use]
pub fn settings(settings: &Value) -> SettingsVerdict {
    let payload = settings.to_string();
    let native = policy::validate_settings(payload.as_bytes());
    let instance = MODULE.instance().expect("an instance starts");
    let module = instance
        .validate_settings(payload.as_bytes())
        .expect("the module answers");
    agreed(&native, &module)
}

/// The answer that both builds give.
fn agreed<T: for<'de> Deserialize<'de>>(native: &[u8], module: &[u8]) -> T {
    let native = String::from_utf8_lossy(native);
    assert_eq!(
        native,
        String::from_utf8_lossy(module),
        "native build and module disagree"
    );
    serde_json::from_str(&native).unwrap_or_else(|error| panic!("{native}: {error}"))
}

/// A request to create the object of a manifest, as the API server would send it.
#[must_use]
pub fn creation(manifest: &Value) -> Value {
    let (group, version) = manifest["apiVersion"]
        .as_str()
        .map(|text| text.split_once('/').unwrap_or(("", text)))
        .expect("a manifest has an apiVersion");
    let kind = manifest["kind"].as_str().expect("a manifest has a kind");
    json!({
        "uid": "2f9d1c70-6c3e-4b0e-9a53-5d2c8f4f7b16",
        "kind": { "group": group, "version": version, "kind": kind },
        "resource": { "group": group, "version": version, "resource": format!("{}s", kind.to_lowercase()) },
        "operation": "CREATE",
        "name": manifest["metadata"]["name"],
        "namespace": manifest["metadata"]["namespace"],
        "userInfo": { "username": "jane", "groups": ["system:authenticated"] },
        "object": manifest,
    })
}
