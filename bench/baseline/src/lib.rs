//! A policy the way policies for Kubewarden are usually written: with the SDK and
//! the Kubernetes types. It denies every HostProcess container, which is what the
//! policy of this repository does without settings. The benchmark compares with it.

use k8s_openapi::api::core::v1::{PodSpec, WindowsSecurityContextOptions};
use kubewarden_policy_sdk::request::ValidationRequest;
use kubewarden_policy_sdk::settings::Validatable;
use kubewarden_policy_sdk::{
    accept_request, protocol_version_guest, reject_request, validate_settings,
};
use serde::{Deserialize, Serialize};
use wapc_guest::{CallResult, register_function};

#[unsafe(no_mangle)]
extern "C" fn wapc_init() {
    register_function("validate", validate);
    register_function("validate_settings", validate_settings::<Settings>);
    register_function("protocol_version", protocol_version_guest);
}

/// There is nothing to set.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Settings {}

impl Validatable for Settings {
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}

fn validate(payload: &[u8]) -> CallResult {
    let request = ValidationRequest::<Settings>::new(payload)?;
    match request.extract_pod_spec_from_object() {
        Ok(Some(spec)) if asks_for_host_process(&spec) => reject_request(
            Some("HostProcess containers are not allowed".to_string()),
            Some(403),
            None,
            None,
        ),
        Ok(_) => accept_request(),
        Err(error) => reject_request(Some(error.to_string()), Some(400), None, None),
    }
}

/// Whether the pod or any of its containers asks to be a process of the host.
fn asks_for_host_process(spec: &PodSpec) -> bool {
    let flag = |options: Option<&WindowsSecurityContextOptions>| {
        options.and_then(|options| options.host_process) == Some(true)
    };
    let pod = spec.security_context.as_ref();
    let containers = spec
        .containers
        .iter()
        .chain(spec.init_containers.iter().flatten())
        .map(|container| container.security_context.as_ref());
    let ephemeral = spec
        .ephemeral_containers
        .iter()
        .flatten()
        .map(|container| container.security_context.as_ref());
    flag(pod.and_then(|context| context.windows_options.as_ref()))
        || containers
            .chain(ephemeral)
            .any(|context| flag(context.and_then(|context| context.windows_options.as_ref())))
}
