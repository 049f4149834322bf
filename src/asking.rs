//! Who asks for HostProcess, as a denial tells it.

use alloc::string::String;

use crate::account;
use crate::findings::Findings;
use crate::kind::HOST_PROCESS_CONTAINER;
use crate::rules::{Candidate, Part};
use crate::text;

const FLAG: &str = "securityContext.windowsOptions.hostProcess";
/// How many containers a pod-level finding names.
const MOST_NAMED: usize = 3;

impl Findings {
    /// Adds a finding for each place in the candidate that asks for HostProcess.
    pub(crate) fn say_who_asks(&mut self, candidate: &Candidate<'_, '_>) {
        let pod = candidate.pod;
        if pod.annotations.host_process {
            let mut field = String::from("metadata.annotations[");
            field.push_str(HOST_PROCESS_CONTAINER);
            field.push(']');
            if let Some(detail) = self.at(pod.holder.0, &field) {
                detail.push_str("Forbidden: the annotation asks for HostProcess");
                write_containers(candidate, detail);
            }
        }
        if pod.security.host_process == Some(true)
            && let Some(detail) = self.at(pod.spec.0, FLAG)
        {
            detail.push_str("Forbidden: the pod asks for HostProcess");
            write_containers(candidate, detail);
        }
        for part in &candidate.parts {
            let container = part.container;
            if container.security.host_process != Some(true) {
                continue;
            }
            // Outside of pod specs the flag stands in `windowsOptions` itself.
            let stray = container.at.0.get("windowsOptions").is_some();
            let field = if stray {
                &FLAG["securityContext.".len()..]
            } else {
                FLAG
            };
            if let Some(detail) = self.at(container.at.0, field) {
                detail.push_str("Forbidden: ");
                if stray {
                    detail.push_str("a container outside of any pod spec");
                } else {
                    container.write_name(detail);
                }
                detail.push_str(" asks for HostProcess");
                write_what_runs(part, detail);
            }
        }
    }
}

/// Appends which containers would be HostProcess containers by the pod's word.
fn write_containers(candidate: &Candidate<'_, '_>, out: &mut String) {
    let pod = candidate.pod;
    let mut inherit = candidate
        .parts
        .iter()
        .filter(|part| pod.is_host_process(part.container));
    let Some(first) = inherit.next() else {
        return;
    };
    out.push_str(" for ");
    first.container.write_name(out);
    write_what_runs(first, out);
    for part in inherit.by_ref().take(MOST_NAMED - 1) {
        out.push_str(", ");
        part.container.write_name(out);
    }
    let more = inherit.count();
    if more > 0 {
        out.push_str(" and ");
        text::push_number(out, more);
        out.push_str(" more");
    }
}

/// Appends the image and the account.
fn write_what_runs(part: &Part<'_, '_>, out: &mut String) {
    out.push_str(" (");
    match part.container.image {
        Some(image) => {
            out.push_str("image ");
            text::push_quoted(out, image);
        }
        None => out.push_str("no image"),
    }
    out.push_str(", ");
    account::write(part.account, out);
    out.push(')');
}
