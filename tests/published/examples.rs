//! artefacts/examples: a manifest, its request or both, settings, and the answer beside them.

use serde_json::Value;

use crate::files;
use crate::judging::{answer, assert_valid, creation};

#[test]
fn each_is_answered_as_it_says() {
    let folders = files::below("artefacts/examples");
    assert!(folders.len() <= 12, "at most a dozen");
    for folder in folders {
        let settings = files::document(&format!("{folder}/settings.yaml"));
        assert_valid(&folder, &settings);
        let mut judged = Value::Null;
        for path in files::below(&folder) {
            let request = match path.rsplit('/').next() {
                Some("settings.yaml" | "answer.txt") => continue,
                Some("request.json") => files::document(&path),
                _ => creation(&files::document(&path)),
            };
            let said = format!("{folder}/answer.txt");
            files::assert_holds(&said, &answer(&request, &settings));
            let before = std::mem::replace(&mut judged, request["object"].clone());
            assert!(
                before.is_null() || before == judged,
                "{folder}: manifest and request differ"
            );
        }
        assert!(judged.is_object(), "{folder}");
    }
}
