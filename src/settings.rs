//! The administrator's settings: the rules that admit HostProcess workloads, and what every
//! such workload must satisfy.

mod problems;
mod reader;
mod requirement;
mod setting;
mod types;

use std::cell::RefCell;

use serde_json::Value;

pub use crate::matching::words::{Word, WordPattern};
pub use problems::Problems;
pub use requirement::{Requirement, Requirements};
pub use types::{ContainerEntry, MinimumVersions, Mode, Rule, Settings};

impl Settings {
    /// The settings that `value` gives; null as a whole is the default.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn read(value: Value) -> Result<Self, Problems> {
        if value.is_null() {
            return Ok(Settings::default());
        }
        let problems = RefCell::<Problems>::default();
        if value.get("apiVersion").is_some() && value.get("kind").is_some() {
            let problem = "found a manifest: write what stands in its spec.settings";
            problems.borrow_mut().add("", problem);
            return Err(problems.into_inner());
        }
        let settings = reader::settings(value, &problems);
        let problems = problems.into_inner();
        if problems == Problems::default() {
            Ok(settings)
        } else {
            Err(problems)
        }
    }
}

#[cfg(test)]
mod tests;
