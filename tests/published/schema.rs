//! The settings' schema, which editors use.

use crate::{files, settings_schema};

#[test]
fn the_published_schema_is_made_of_the_types() {
    let schema = serde_json::to_string_pretty(&settings_schema::schema()).expect("JSON");
    files::assert_holds("artefacts/settings.schema.json", &format!("{schema}\n"));
}
