//! Finds the Kubernetes objects and admission requests in a text.
//!
//! kubectl takes every document with `items` for a list, whatever its kind is, and so do we.
//! Items that have neither `apiVersion` nor `kind` get those of the list, without `List` at the
//! end of the kind (cli-runtime's `unstructuredJSONScheme`).

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::field::{LocatedField, fields_of_item};
use super::json::{self, JsonValue, Locator};
use super::position::Position;
use super::problem::{MissingField, Problem};
use super::rendering;
use super::yaml;

/// An object or an admission request, with its place in a file.
pub struct Manifest<'t> {
    /// The file's name, printable.
    pub file: &'t str,
    /// Where the manifest begins in the file.
    pub position: Position,
    /// The object or request.
    pub content: Content,
    /// The fields of HostProcess in the manifest.
    pub fields: FieldsInFile<'t>,
}

/// The content of a manifest.
pub enum Content {
    /// An object with `apiVersion` and `kind`.
    Object(Value),
    /// An AdmissionRequest, with or without the AdmissionReview around it.
    Request(Value),
}

/// The fields of HostProcess in a manifest.
pub struct FieldsInFile<'t> {
    /// The line of the file in which the manifest's text begins.
    first_line: usize,
    source: FieldSource<'t>,
}

/// Where the fields of HostProcess in a manifest come from. Their places are those in the text.
enum FieldSource<'t> {
    /// They were recorded when the text was read.
    Recorded(Vec<LocatedField>),
    /// They are found in the manifest's text when somebody asks, which is rare.
    InJson(JsonValue<'t>),
}

impl FieldsInFile<'_> {
    /// Returns the fields in the order in which their values end, with their places in the file.
    pub fn host_process_fields(&self) -> Vec<LocatedField> {
        let mut fields = self.source.find_fields();
        for field in &mut fields {
            field.move_into_file(self.first_line);
        }
        fields
    }
}

impl FieldSource<'_> {
    fn find_fields(&self) -> Vec<LocatedField> {
        match self {
            FieldSource::Recorded(fields) => fields.clone(),
            FieldSource::InJson(value) => json::host_process_fields(*value),
        }
    }
}

/// A document or an entry of a list that is not a manifest.
pub struct NotAManifest {
    /// The place in the file.
    pub position: Position,
    /// Why it is not a manifest.
    pub problem: Problem,
}

/// Takes what is found in a text, one after another.
pub type Visit<'v> = &'v mut dyn FnMut(Result<Manifest<'_>, NotAManifest>);

/// Hands all manifests of `text`, which begins in line `first_line` of `file`, to `visit`. A list may
/// hold all pods of a cluster, and so only one of its entries is in memory at a time.
pub fn read(file: &str, first_line: usize, text: &str, visit: Visit<'_>) {
    let mut reader = Reader {
        file,
        first_line,
        visit,
    };
    // A text with another first letter is YAML, and need not be tried as JSON.
    if text.trim_start().starts_with(['{', '['])
        && let Some(values) = json::values(text)
    {
        return reader.read_json(text, &values);
    }
    reader.read_yaml(text);
}

struct Reader<'r, 'v> {
    file: &'r str,
    first_line: usize,
    visit: Visit<'v>,
}

impl Reader<'_, '_> {
    fn read_yaml(&mut self, text: &str) {
        // `kubectl get -o yaml` writes the kind of a list behind the entries. Entries without a type
        // of their own wait here until the text is read.
        let mut untyped = Vec::new();
        let documents = yaml::documents_and_items(text, &mut |item| {
            if is_untyped(&item.value) {
                untyped.push(item);
            } else {
                self.visit_value(
                    item.position,
                    item.value,
                    FieldSource::Recorded(item.fields),
                );
            }
        });
        let documents = match documents {
            Ok(documents) => documents,
            Err(error) if rendering::is_helm_template(text) => {
                let problem = Problem::HelmTemplate { chart: None };
                return self.visit_problem(error.position, problem);
            }
            Err(error) => return self.visit_problem(error.position, Problem::Yaml(error.kind)),
        };

        // There is usually one document, because `source` cuts a file at every `---`.
        if let Some(list) = documents.first() {
            let entry_type = EntryType::of_list(&list.value);
            for item in untyped {
                let value = entry_type.complete(item.value);
                self.visit_value(item.position, value, FieldSource::Recorded(item.fields));
            }
        }
        for document in documents {
            // The entries of a list have been visited, and its `items` are empty here.
            if !document.value.is_null() {
                let fields = FieldSource::Recorded(document.fields);
                self.visit_value(document.position, document.value, fields);
            }
        }
    }

    fn read_json(&mut self, text: &str, values: &[&RawValue]) {
        let mut locator = Locator::new(text, Position::START);
        for raw in values {
            let document = locator.locate(raw);
            if let Some(repeated) = json::find_repeated_key(document) {
                let problem = Problem::JsonKeyTwice(repeated.key);
                self.visit_problem(repeated.position, problem);
                continue;
            }
            let Some((list, items)) = json_list(raw) else {
                self.visit_json(document, None);
                continue;
            };
            let entry_type = EntryType::of_list(&list);
            for item in items {
                self.visit_json(locator.locate(item), Some(&entry_type));
            }
            if let Some(problem) = problem_with_type(&list) {
                self.visit_problem(document.position, problem);
            }
        }
    }

    /// Visits a document, or an entry of a list whose entries have the type `entry_type`.
    fn visit_json(&mut self, json: JsonValue<'_>, entry_type: Option<&EntryType>) {
        match serde_json::from_str(json.raw.get()) {
            Ok(value) => {
                let value = match entry_type {
                    Some(entry_type) => entry_type.complete(value),
                    None => value,
                };
                self.visit_value(json.position, value, FieldSource::InJson(json));
            }
            Err(error) => self.visit_problem(json.position, Problem::Json(error.to_string())),
        }
    }

    /// Visits `value`, or its entries if it is a list.
    ///
    /// The entries have the position of the list here, because their own position is not known any
    /// more. That is rare: `read_yaml` and `read_json` take the usual lists apart, and only a list in
    /// a list comes here.
    fn visit_value(&mut self, position: Position, mut value: Value, fields: FieldSource<'_>) {
        let Some(items) = value.get_mut("items").map(Value::take) else {
            return self.visit_manifest(position, value, fields);
        };
        if let Some(problem) = problem_with_type(&value) {
            return self.visit_problem(position, problem);
        }
        match items {
            Value::Null => {}
            Value::Array(items) => {
                let entry_type = EntryType::of_list(&value);
                let fields_of_list = fields.find_fields();
                for (index, item) in items.into_iter().enumerate() {
                    let fields = fields_of_item(&fields_of_list, index);
                    let item = entry_type.complete(item);
                    self.visit_value(position, item, FieldSource::Recorded(fields));
                }
            }
            _ => self.visit_problem(position, Problem::ItemsNotAList),
        }
    }

    fn visit_manifest(&mut self, position: Position, value: Value, fields: FieldSource<'_>) {
        let are_values = is_untyped(&value) && rendering::are_values_with_host_process(&value);
        match classify(value) {
            Ok(content) => (self.visit)(Ok(Manifest {
                file: self.file,
                position: position.in_file(self.first_line),
                content,
                fields: FieldsInFile {
                    first_line: self.first_line,
                    source: fields,
                },
            })),
            Err(Problem::NotAnObject) if are_values => {
                self.visit_problem(position, Problem::Values { chart: None });
            }
            Err(problem) => self.visit_problem(position, problem),
        }
    }

    fn visit_problem(&mut self, position: Position, problem: Problem) {
        (self.visit)(Err(NotAManifest {
            position: position.in_file(self.first_line),
            problem,
        }));
    }
}

/// The type that entries of a list have if they name none themselves.
struct EntryType {
    api_version: Value,
    kind: String,
}

impl EntryType {
    /// Derives the type from the list: the entries of a `PodList` are of the kind `Pod`.
    fn of_list(list: &Value) -> EntryType {
        let kind = list["kind"].as_str().unwrap_or_default();
        EntryType {
            api_version: list["apiVersion"].clone(),
            kind: kind.strip_suffix("List").unwrap_or(kind).to_owned(),
        }
    }

    /// Adds the type to `entry` if it has none of its own.
    fn complete(&self, mut entry: Value) -> Value {
        if is_untyped(&entry)
            && let Value::Object(fields) = &mut entry
        {
            fields.insert("apiVersion".into(), self.api_version.clone());
            fields.insert("kind".into(), self.kind.clone().into());
        }
        entry
    }
}

/// Returns the list that `raw` is without its entries, and the entries. `None` if `raw` is not a
/// list, or cannot be read.
fn json_list(raw: &RawValue) -> Option<(Value, Vec<&RawValue>)> {
    let mut list = Map::new();
    let mut items = None;
    for field in json::fields(raw)? {
        if field.key == "items" {
            items = Some(json::entries(field.value)?);
        } else {
            let value = serde_json::from_str(field.value.get()).ok()?;
            list.insert(field.key.into_owned(), value);
        }
    }
    Some((Value::Object(list), items?))
}

/// Returns the content of the manifest that `value` is: a review with its request, a request alone, or
/// an object.
fn classify(mut value: Value) -> Result<Content, Problem> {
    if value["kind"] == "AdmissionReview" {
        let request = value["request"].take();
        return match missing_field(&request) {
            Some(missing) => Err(Problem::IncompleteReview(missing)),
            None => Ok(Content::Request(request)),
        };
    }
    let is_request = missing_field(&value).is_none();
    if is_request {
        return Ok(Content::Request(value));
    }
    if rendering::is_kustomize_input_with_host_process(&value) {
        return Err(Problem::KustomizePatch { directory: None });
    }
    match problem_with_type(&value) {
        None => Ok(Content::Object(value)),
        Some(problem) => Err(problem),
    }
}

/// Returns what keeps `value` from being an object; `None` if it has both `apiVersion` and `kind`.
fn problem_with_type(value: &Value) -> Option<Problem> {
    match (has_text(value, "apiVersion"), has_text(value, "kind")) {
        (true, true) => None,
        (false, true) => Some(Problem::NoApiVersion),
        (_, false) => Some(Problem::NotAnObject),
    }
}

/// Returns the first field that keeps `value` from being an AdmissionRequest.
fn missing_field(value: &Value) -> Option<MissingField> {
    if !value.is_object() {
        Some(MissingField::Request)
    } else if !value["kind"].is_object() {
        Some(MissingField::Kind)
    } else if !value["operation"].is_string() {
        Some(MissingField::Operation)
    } else {
        None
    }
}

/// Returns whether `value` has neither `apiVersion` nor `kind`.
fn is_untyped(value: &Value) -> bool {
    !has_text(value, "apiVersion") && !has_text(value, "kind")
}

/// Returns whether the field `key` of `value` is a string that is not empty.
fn has_text(value: &Value, key: &str) -> bool {
    value[key].as_str().is_some_and(|text| !text.is_empty())
}
