//! What a manifest does not say of the request that it becomes: where, by whom, and
//! what the cluster would answer.

use std::path::PathBuf;

use clap::Args;
use engine::Replay;
use serde::Serialize;

use crate::{Error, source};

/// The circumstances of a request, as flags.
#[derive(Debug, Default, Args)]
pub struct Circumstances {
    /// The namespace of objects that name none [default: default]
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// The user who applies the objects, for rules with requestedBy
    #[arg(long = "as", value_name = "USER")]
    user: Option<String>,
    /// A group of that user; once for each group
    #[arg(long = "as-group", value_name = "GROUP")]
    groups: Vec<String>,
    /// File with recorded answers of the cluster, for checks of the nodes
    #[arg(long, value_name = "FILE")]
    replay_host_capabilities_interactions: Option<PathBuf>,
}

/// `userInfo` of an admission request.
#[derive(Debug, Clone, Default, Serialize)]
pub struct UserInfo {
    username: String,
    groups: Vec<String>,
}

impl Circumstances {
    /// Who makes the request.
    pub fn user_info(&self) -> UserInfo {
        UserInfo {
            username: self.user.clone().unwrap_or_default(),
            groups: self.groups.clone(),
        }
    }

    /// What the cluster would answer, where that is recorded.
    ///
    /// # Errors
    /// When the file cannot be read or is no recording.
    pub fn replay(&self) -> Result<Option<Replay>, Error> {
        self.replay_host_capabilities_interactions
            .as_deref()
            .map(read_replay)
            .transpose()
    }
}

/// The recorded answers in file `path`.
///
/// # Errors
/// When the file cannot be read or is no recording.
pub fn read_replay(path: &std::path::Path) -> Result<Replay, Error> {
    let source = source::read(path)?;
    Replay::from_yaml(&source.text).map_err(|error| Error::at(&source.name, error))
}
