//! `namedPipeMounts`: named pipes are reached without a mount.
//!
//! Reads `volumes[*].hostPath.path` and the `volumeMounts` of every container.
//! Allows: any host path but one to a named pipe (`\\.\pipe\...`, in any case and with either
//! slash); a volume that no container mounts is no matter.
//! Demanded by: the source document (D11); the runtime fails such a mount.

use super::{found, mounted};
use crate::finding::Finding;
use crate::pod::Pod;

/// What is wrong with the volumes of `pod`.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let pipes = mounted::host_paths(pod, "path", |volume| is_named_pipe(volume.path));
    let problem = "must not be a named pipe, which needs no mount";
    found::at("namedPipeMounts", pipes, problem)
}

/// Whether `path` begins with `\\.\pipe\`, whichever way it is written.
fn is_named_pipe(path: &str) -> bool {
    let mut bytes = path.bytes().map(|byte| match byte {
        b'/' => b'\\',
        byte => byte.to_ascii_lowercase(),
    });
    br"\\.\pipe\".iter().all(|wanted| bytes.next() == Some(*wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::testing::{pod, said};
    use rstest::rstest;
    use serde_json::{Value, json};

    const AT_1: &str = "namedPipeMounts: volumes[1].hostPath.path: must not be a named pipe, which \
        needs no mount";

    #[rstest]
    #[case::mounted(json!({"containers": [{"volumeMounts": [{"name": "v"}]}]}), AT_1)]
    #[case::twice(
        json!({"initContainers": [{"volumeMounts": [{"name": "v"}]}],
            "containers": [{"volumeMounts": [{"name": "v"}]}]}),
        AT_1
    )]
    #[case::by_an_ephemeral_container(
        json!({"ephemeralContainers": [{"volumeMounts": [{"name": "x"}, {"name": "v"}]}]}), AT_1
    )]
    #[case::not_mounted(json!({"containers": [{"volumeMounts": [{"name": "x"}]}]}), "")]
    fn mounts(#[case] mut spec: Value, #[case] expected: &str) {
        spec["volumes"] = json!([
            {"name": "x", "emptyDir": {}},
            {"name": "v", "hostPath": {"path": r"\\.\pipe\x"}},
        ]);
        assert_eq!(said(check(&pod(&spec))), expected);
    }

    #[rstest]
    #[case::pipe(r"\\.\pipe\csi-proxy-volume-v1", true)]
    #[case::slashes("//./pipe/csi-proxy", true)]
    #[case::mixed_slashes(r"\/.\pipe/x", true)]
    #[case::upper_case(r"\\.\PIPE\x", true)]
    #[case::folder(r"C:\var\lib\kubelet", false)]
    #[case::rooted(r"\var\lib\kubelet", false)]
    #[case::folder_called_pipe(r"C:\pipe\x", false)]
    #[case::other_device(r"\\.\PhysicalDrive0", false)]
    #[case::lookalike(r"\\.\pipes\x", false)]
    #[case::empty("", false)]
    fn spellings_of_named_pipes(#[case] path: &str, #[case] expected: bool) {
        assert_eq!(is_named_pipe(path), expected);
    }
}
