//! Who sent a request.

use crate::text::quoted;

/// `userInfo` of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requester {
    /// `username`; of a service account `system:serviceaccount:NAMESPACE:NAME`.
    pub username: String,
    /// `groups`
    pub groups: Vec<String>,
}

impl Requester {
    /// What messages call it: `user "alice"`.
    pub fn title(&self) -> String {
        match &*self.username {
            "" => String::from("an unnamed user"),
            username => format!("user {}", quoted(username)),
        }
    }
}
