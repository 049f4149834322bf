//! Who sent a request.

use crate::text;

/// The user in `userInfo` of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Requester {
    /// `username`. The name of a service account is `system:serviceaccount:NAMESPACE:NAME`.
    pub username: String,
    /// `groups`
    pub groups: Vec<String>,
}

impl Requester {
    /// Returns what messages call the requester: `user "alice"`.
    pub fn title(&self) -> String {
        if self.username.is_empty() {
            return String::from("an unnamed user");
        }
        format!("user {}", text::quote(&self.username))
    }
}
