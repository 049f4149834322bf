//! Tells by a module's name whether it is this policy's.

/// The name of this policy's module, as in `registry://ghcr.io/…/windows-hostprocess-policy:v1`.
const MODULE: &str = "windows-hostprocess-policy";

/// Names of files that the module of any policy may have: the Makefiles of Kubewarden's policies build
/// these.
const NAMES_OF_ANY_POLICY: [&str; 2] = ["policy", "annotated-policy"];

/// Whose module a policy runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ModuleOwner {
    /// The module is called like this policy's, whatever its registry or server.
    ThisPolicy,
    /// The module has the name of another policy.
    AnotherPolicy,
    /// The name does not tell, or there is none. The module may be a fork of this policy's.
    Unknown,
}

impl ModuleOwner {
    /// Returns whose module `module` is, the value of `spec.module`:
    ///
    /// | module | owner |
    /// |---|---|
    /// | `registry://mirror.example.com/windows-hostprocess-policy:v1` | this policy |
    /// | `https://example.com/windows_hostprocess_policy.wasm` | this policy |
    /// | `registry://example.com/our-hostprocess:v1`, `file:///policy.wasm` | unknown |
    /// | `registry://ghcr.io/kubewarden/policies/pod-privileged:v1` | another policy |
    pub fn of_module(module: &str) -> Self {
        let name = read_name(module);
        if name == MODULE {
            return ModuleOwner::ThisPolicy;
        }
        let tells_nothing = name.is_empty() || NAMES_OF_ANY_POLICY.contains(&name.as_str());
        if tells_nothing || name.replace('-', "").contains("hostprocess") {
            return ModuleOwner::Unknown;
        }
        ModuleOwner::AnotherPolicy
    }
}

/// Returns the last part of the path of `module`, without tag, digest and file extension. Cargo writes
/// `_` for `-` in the name of a file.
fn read_name(module: &str) -> String {
    let last_part = module.rsplit('/').next().unwrap_or_default();
    let name = last_part.split(['@', ':', '?']).next().unwrap_or_default();
    let name = name.to_ascii_lowercase().replace('_', "-");
    name.strip_suffix(".wasm").unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::published(
        "registry://ghcr.io/kubewarden/policies/windows-hostprocess-policy:v0.1.0",
        ModuleOwner::ThisPolicy
    )]
    #[case::without_a_scheme(
        "ghcr.io/kubewarden/policies/windows-hostprocess-policy:v0.1.0",
        ModuleOwner::ThisPolicy
    )]
    #[case::on_a_mirror_with_a_port(
        "registry://mirror:5000/x/windows-hostprocess-policy@sha256:0",
        ModuleOwner::ThisPolicy
    )]
    #[case::in_a_file("file:///tmp/windows-hostprocess-policy.wasm", ModuleOwner::ThisPolicy)]
    #[case::built_by_cargo(
        "https://example.com/windows_hostprocess_policy.wasm",
        ModuleOwner::ThisPolicy
    )]
    #[case::of_a_fork("registry://example.com/our-host-process:v1", ModuleOwner::Unknown)]
    #[case::in_a_file_of_any_policy("file:///annotated-policy.wasm", ModuleOwner::Unknown)]
    #[case::missing("", ModuleOwner::Unknown)]
    #[case::of_another_policy(
        "registry://ghcr.io/kubewarden/policies/pod-privileged:v1.0.0",
        ModuleOwner::AnotherPolicy
    )]
    #[case::of_another_policy_in_a_file("file:///pod-privileged.wasm", ModuleOwner::AnotherPolicy)]
    fn modules_are_told_by_their_names(#[case] module: &str, #[case] expected: ModuleOwner) {
        assert_eq!(ModuleOwner::of_module(module), expected);
    }
}
