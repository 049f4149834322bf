//! A policy the way Kubewarden's official ones are written, with the SDK and the types of
//! k8s-openapi: it denies every HostProcess container.

use k8s_openapi::api::core::v1::{PodSpec, WindowsSecurityContextOptions};
use kubewarden_policy_sdk::request::ValidationRequest;
use kubewarden_policy_sdk::settings::Validatable;
use kubewarden_policy_sdk::wapc_guest::{CallResult, register_function};
use kubewarden_policy_sdk::{
    accept_request, protocol_version_guest, reject_request, validate_settings,
};
use serde::{Deserialize, Serialize};

#[unsafe(no_mangle)]
extern "C" fn wapc_init() {
    register_function("validate", validate);
    register_function("validate_settings", validate_settings::<Settings>);
    register_function("protocol_version", protocol_version_guest);
}

/// There is nothing to set.
#[derive(Default, Serialize, Deserialize)]
struct Settings {}

impl Validatable for Settings {
    fn validate(&self) -> Result<(), String> {
        Ok(())
    }
}

fn validate(payload: &[u8]) -> CallResult {
    let request = ValidationRequest::<Settings>::new(payload)?;
    let denied = |message: &str| reject_request(Some(message.to_owned()), None, None, None);
    match request.extract_pod_spec_from_object() {
        Ok(Some(spec)) if requests_host_process(&spec) => denied("HostProcess is not allowed"),
        Ok(_) => accept_request(),
        Err(error) => denied(&error.to_string()),
    }
}

fn requests_host_process(spec: &PodSpec) -> bool {
    let asks = |options: Option<&WindowsSecurityContextOptions>| {
        options.and_then(|options| options.host_process) == Some(true)
    };
    let containers = spec
        .containers
        .iter()
        .chain(spec.init_containers.iter().flatten());
    let ephemeral = spec.ephemeral_containers.iter().flatten();
    let mut contexts = containers
        .map(|container| container.security_context.as_ref())
        .chain(ephemeral.map(|container| container.security_context.as_ref()));
    let pod = spec.security_context.as_ref();
    asks(pod.and_then(|context| context.windows_options.as_ref()))
        || contexts
            .any(|context| asks(context.and_then(|context| context.windows_options.as_ref())))
}
