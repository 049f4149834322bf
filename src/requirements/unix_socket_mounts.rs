//! `unixSocketMounts`: Unix domain sockets are not mounted.
//!
//! Reads `volumes[*].hostPath.type` and the `volumeMounts` of every container.
//! Allows: any type but `Socket`; a volume that no container mounts is no matter, nor is an
//! address like `unix://C:\csi\csi.sock` in a variable.
//! Demanded by: the source document (D11).

use super::{found, mounted};
use crate::finding::Finding;
use crate::pod::Pod;

/// What is wrong with the volumes of `pod`.
pub fn check(pod: &Pod<'_>) -> Option<Finding> {
    let sockets = mounted::host_paths(pod, "type", |volume| volume.kind == "Socket");
    let problem = "must not be Socket: mount the folder that it lies in";
    found::at("unixSocketMounts", sockets, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::requirements::testing::{pod, said};
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case::mounted("Socket", "v", true)]
    #[case::folder("Directory", "v", false)]
    #[case::other_case("socket", "v", false)]
    #[case::not_mounted("Socket", "x", false)]
    fn mounts(#[case] kind: &str, #[case] mounted: &str, #[case] wrong: bool) {
        let spec = json!({
            "containers": [{"volumeMounts": [{"name": mounted}]}],
            "volumes": [{"name": "v", "hostPath": {"path": r"C:\csi\csi.sock", "type": kind}}],
        });
        let finding = "unixSocketMounts: volumes[0].hostPath.type: must not be Socket: mount the \
            folder that it lies in";
        assert_eq!(said(check(&pod(&spec))), if wrong { finding } else { "" });
    }
}
