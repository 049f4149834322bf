//! `allContainers`: a HostProcess pod holds only HostProcess containers.
//!
//! Reads `securityContext.windowsOptions.hostProcess` of the pod and of every
//! container, init container and ephemeral container.
//! Allows: true for all of them, their own or inherited; and where pod and
//! container both say something, the same.
//! Demanded by: the source document (D4) and the API server.

use super::{Case, Requirement};
use crate::findings::Findings;
use crate::settings::Mode;
use crate::text;

pub(super) const REQUIREMENT: Requirement = Requirement {
    name: "allContainers",
    default: Mode::Deny,
    needs_nodes: false,
    description: "All containers of the pod are HostProcess containers, init and ephemeral ones \
        too, and where pod and container both set hostProcess, they set it alike.",
    short: "HostProcess and other containers are mixed",
    check,
};

fn check(case: &Case<'_, '_>, findings: &mut Findings) {
    let pod = case.pod;
    for container in &pod.containers {
        let own = container.security.host_process;
        let mixed = !pod.is_host_process(container);
        let unequal = own.is_some()
            && pod.security.host_process.is_some()
            && own != pod.security.host_process;
        if !mixed && !unequal {
            continue;
        }
        let field = "securityContext.windowsOptions.hostProcess";
        let Some(detail) = findings.at(container.at.0, field) else {
            continue;
        };
        if mixed {
            text::put(
                detail,
                match own {
                    Some(_) => "Invalid value: false: ",
                    None => "Required value: ",
                },
            );
            container.write_name(detail);
            text::put(
                detail,
                " is no HostProcess container and cannot share a pod with one: all containers of \
                 a pod are, init containers too; make it one, or give it a pod of its own",
            );
        } else {
            text::put(detail, "Invalid value: ");
            container.write_name(detail);
            text::put(
                detail,
                " says true and its pod false: where both are set they have to be equal; leave \
                 one of them out",
            );
        }
    }
}
