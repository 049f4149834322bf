//! The administrator's settings: the rules that admit HostProcess workloads, and what every
//! such workload must satisfy.

mod entry;
mod place;
mod problems;
mod read;
mod types;

use serde_json::Value;

pub use entry::Entry;
pub use problems::Problems;
pub use types::{Container, MinimumVersions, Mode, Requirements, Rule, Settings};

impl Settings {
    /// The settings that `value` gives; null as a whole is the default.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn read(value: &Value) -> Result<Self, Problems> {
        if value.is_null() {
            return Ok(Settings::default());
        }
        let mut problems = Problems::default();
        if value.get("apiVersion").is_some() && value.get("kind").is_some() {
            problems.add("", "found a manifest: write what stands in its spec.settings");
            return Err(problems);
        }
        let settings = read::settings(value, &mut problems);
        if problems == Problems::default() { Ok(settings) } else { Err(problems) }
    }
}

#[cfg(test)]
mod tests;
