//! What is kept of a document, and what is told of it.

use super::*;
use alloc::format;
use rstest::rstest;

static FIELDS: Shape = Shape::Fields(&[
    ("a", Shape::Text),
    ("b", Shape::Fields(&[("c", Shape::Flag)])),
    ("l", Shape::List(&Shape::Fields(&[("c", TEXTS)]))),
    ("m", Shape::Labels),
    ("raw", Shape::Raw),
]);
static SEARCH: Shape = Shape::Search(&Search {
    names: &["a", "nodeSelector", "metadata"],
    labels: &SEARCH_LABELS,
});
static SEARCH_LABELS: Shape = Shape::SearchLabels(&SEARCH);
static METADATA: Shape = Shape::Fields(&[("name", Shape::Text)]);
static SEARCH_ROOT: Shape = Shape::SearchRoot(&METADATA, &SEARCH);

/// What of a document is kept, written as compact JSON but with `#` for any
/// number and raw text in `<>`.
fn show(node: Ref<'_>) -> String {
    let join = |open: &str, close: &str| {
        let children: Vec<_> = node
            .children()
            .map(|child| match child.key() {
                "" => show(child),
                key => format!("{key}:{}", show(child)),
            })
            .collect();
        [open, &children.join(","), close].concat()
    };
    match &node.node().value {
        Value::Null => String::from("null"),
        Value::Bool(value) => format!("{value}"),
        Value::Number => String::from("#"),
        Value::Text(_) => format!("{:?}", node.as_text().unwrap_or_default()),
        Value::Raw(text) => format!("<{text}>"),
        Value::List => join("[", "]"),
        Value::Object => join("{", "}"),
    }
}

fn kept(json: &str, shape: &'static Shape) -> Result<String, String> {
    let tape = Tape::read(json, shape, "").map_err(|error| error.0)?;
    Ok(show(tape.root()))
}

#[rstest]
#[case::all(&ALL, r#"{"x":[1,-2,3.5,null,true,"s"],"":{}}"#, r#"{x:[#,#,#,null,true,"s"],{}}"#)]
#[case::fields(
    &FIELDS,
    r#"{"x":1,"a":"s","b":{"x":{"a":1},"c":true}}"#,
    r#"{a:"s",b:{c:true}}"#,
)]
#[case::fields_of_elements(
    &FIELDS,
    r#"{"l":[{"c":["s",null],"x":2},{"y":[{}]},null]}"#,
    r#"{l:[{c:["s",null]},{},null]}"#,
)]
#[case::labels(&FIELDS, r#"{"m":{"k":"v","l":null}}"#, r#"{m:{k:"v",l:null}}"#)]
#[case::wrong_types(
    &FIELDS,
    r#"{"a":{"x":1},"b":["x"],"l":{"c":[]},"m":7}"#,
    "{a:{},b:[],l:{},m:#}",
)]
#[case::raw(&FIELDS, r#"{"raw":{"x": [1 ]},"a":"s"}"#, r#"{raw:<{"x": [1 ]}>,a:"s"}"#)]
#[case::raw_null(&FIELDS, r#"{"raw": null }"#, "{raw:null}")]
#[case::search(
    &SEARCH,
    r#"{"x":{"a":1,"y":2},"l":[3,{"a":4}],"a":[5],"metadata":{"z":{"a":"s"}}}"#,
    r#"{x:{a:#},l:[{a:#}],a:[#],metadata:{z:{a:"s"}}}"#,
)]
#[case::labels_are_kept_whole(
    &SEARCH,
    r#"{"nodeSelector":{"k":"v","l":{"x":1,"a":2},"m":[3]},"x":{"nodeSelector":["s"]}}"#,
    r#"{nodeSelector:{k:"v",l:{a:#},m:[]},x:{nodeSelector:["s"]}}"#,
)]
#[case::root_of_a_search(
    &SEARCH_ROOT,
    r#"{"metadata":{"name":"n","x":{"a":1}},"status":{"a":1},"spec":{"status":{"a":2}}}"#,
    r#"{metadata:{name:"n"},spec:{status:{a:#}}}"#,
)]
#[case::escaped_key(&FIELDS, r#"{"\u0061":1,"\u0062":{"\u0063":2}}"#, "{a:#,b:{c:#}}")]
#[case::escaped_key_of_a_search(
    &SEARCH_ROOT,
    r#"{"st\u0061tus":{"a":1},"x":{"\u0061":2}}"#,
    "{x:{a:#}}",
)]
#[case::escaped_text(&FIELDS, r#"{"a":"\u0041\n"}"#, r#"{a:"A\n"}"#)]
#[case::scalar(&ALL, " true ", "true")]
fn shapes(#[case] shape: &'static Shape, #[case] json: &str, #[case] expected: &str) {
    assert_eq!(kept(json, shape).as_deref(), Ok(expected));
}

#[rstest]
#[case::field(&FIELDS, r#"{"a":"","a":""}"#, Err("a: stands twice in one object"))]
#[case::escaped(&FIELDS, r#"{"b":{"c":1,"\u0063":1}}"#, Err("b.c: stands twice in one object"))]
#[case::null(&FIELDS, r#"{"a":null,"a":1}"#, Err("a: stands twice in one object"))]
#[case::first_of_two(
    &FIELDS,
    r#"{"l":[{},{"c":[],"c":[]}],"a":"","a":""}"#,
    Err("l[1].c: stands twice in one object"),
)]
#[case::searched(&SEARCH, r#"{"x":{"a":1,"a":2}}"#, Err("x.a: stands twice in one object"))]
#[case::metadata(
    &SEARCH_ROOT,
    r#"{"metadata":{},"metadata":{}}"#,
    Err("metadata: stands twice in one object"),
)]
#[case::labels(
    &SEARCH,
    r#"{"nodeSelector":{"k":"v","k":"w"}}"#,
    Err("nodeSelector.k: stands twice in one object"),
)]
#[case::below_labels(
    &SEARCH,
    r#"{"nodeSelector":{"k":{"a":1,"a":2}}}"#,
    Err("nodeSelector.k.a: stands twice in one object"),
)]
#[case::field_that_is_not_kept(&FIELDS, r#"{"x":1,"x":2}"#, Ok("{}"))]
#[case::of_two_objects(&FIELDS, r#"{"l":[{"c":[]},{"c":[]}]}"#, Ok("{l:[{c:[]},{c:[]}]}"))]
fn duplicates(
    #[case] shape: &'static Shape,
    #[case] json: &str,
    #[case] expected: Result<&str, &str>,
) {
    let kept = kept(json, shape);
    assert_eq!(kept.as_deref().map_err(|error| &**error), expected);
}

#[test]
fn a_known_name_stands_once_among_any_number_of_labels() {
    let labels: String = (0..100).map(|i| format!(r#""l{i}":"","#)).collect();
    let kept = kept(
        &format!(r#"{{"nodeSelector":{{{labels}"a":1,"a":2}}}}"#),
        &SEARCH,
    );
    let error = "nodeSelector.a: stands twice in one object";
    assert_eq!(kept, Err(String::from(error)));
}

#[rstest]
#[case::truncated(r#"{"a":"#, "the text ends too early, at line 1 column 5")]
#[case::skipped("{\"x\":[1,\n}", "a syntax error, at line 2 column 1")]
#[case::two_values("1 2", "a syntax error, at line 1 column 3")]
fn syntax(#[case] json: &str, #[case] expected: &str) {
    assert_eq!(kept(json, &FIELDS), Err(["not JSON: ", expected].concat()));
}

#[rstest]
#[case::same(r#"{"a":[1,{"b":true}]}"#, r#"{"a":[1,{"b":true}]}"#, true)]
#[case::other_order(
    r#"{"a":"x","b":{"c":1,"d":2}}"#,
    r#"{"b":{"d":2,"c":1},"a":"x"}"#,
    true
)]
#[case::null_is_absent(r#"{"a":null,"b":"x"}"#, r#"{"b":"x","c":null}"#, true)]
#[case::null_is_no_value(r#"{"a":null}"#, r#"{"a":false}"#, false)]
#[case::other_text(r#"{"a":"x"}"#, r#"{"a":"y"}"#, false)]
#[case::other_flag(r#"{"a":true}"#, r#"{"a":false}"#, false)]
#[case::other_key(r#"{"a":"x"}"#, r#"{"b":"x"}"#, false)]
#[case::one_more(r#"{"a":"x"}"#, r#"{"a":"x","b":"y"}"#, false)]
#[case::one_less(r#"{"a":"x","b":"y"}"#, r#"{"b":"y"}"#, false)]
#[case::order_of_a_list(r#"["a","b"]"#, r#"["b","a"]"#, false)]
#[case::longer_list(r#"["a"]"#, r#"["a","a"]"#, false)]
#[case::null_in_a_list(r#"["a",null]"#, r#"["a"]"#, false)]
#[case::other_type("[]", "{}", false)]
fn equality(#[case] a: &str, #[case] b: &str, #[case] expected: bool) {
    let (a, b) = (Tape::read(a, &ALL, ""), Tape::read(b, &ALL, ""));
    let (a, b) = (a.expect("JSON"), b.expect("JSON"));
    assert_eq!(a.root() == b.root(), expected);
    assert_eq!(b.root() == a.root(), expected);
}

#[test]
fn objects_of_many_fields_are_compared_in_order() {
    let object = |numbers: &mut dyn Iterator<Item = usize>| {
        let fields: Vec<_> = numbers.map(|n| format!(r#""k{n}":"v""#)).collect();
        format!("{{{}}}", fields.join(","))
    };
    for (count, expected) in [(MOST_REORDERED, true), (MOST_REORDERED + 1, false)] {
        let (up, down) = (object(&mut (0..count)), object(&mut (0..count).rev()));
        let up = Tape::read(&up, &ALL, "").expect("JSON");
        let down = Tape::read(&down, &ALL, "").expect("JSON");
        assert!(up.root() == up.root());
        assert_eq!(up.root() == down.root(), expected);
    }
}

#[rstest]
#[case::right(
    r#"{"a":"s","b":{"c":false},"l":[{"c":[""]}],"m":{"k":"v"},"raw":1,"x":{}}"#,
    ""
)]
#[case::nulls(
    r#"{"a":null,"b":{"c":null},"l":[null,{"c":[null]}],"m":{"k":null}}"#,
    ""
)]
#[case::null("null", "")]
#[case::top("[1]", "doc: an object is expected, found a list")]
#[case::text(r#"{"a":false}"#, "doc.a: a string is expected, found a boolean")]
#[case::flag(
    r#"{"b":{"c":"true"}}"#,
    "doc.b.c: true or false is expected, found a string"
)]
#[case::object(r#"{"b":true}"#, "doc.b: an object is expected, found a boolean")]
#[case::list(r#"{"l":{"c":[]}}"#, "doc.l: a list is expected, found an object")]
#[case::element(r#"{"l":[{},[]]}"#, "doc.l[1]: an object is expected, found a list")]
#[case::text_in_a_list(
    r#"{"l":[{"c":["",1.5]}]}"#,
    "doc.l[0].c[1]: a string is expected, found a number"
)]
#[case::labels(r#"{"m":["k"]}"#, "doc.m: an object is expected, found a list")]
#[case::label(
    r#"{"m":{"k/l":{}}}"#,
    "doc.m[k/l]: a string is expected, found an object"
)]
#[case::first_of_two(
    r#"{"b":{"c":1},"a":1}"#,
    "doc.b.c: true or false is expected, found a number"
)]
fn types(#[case] json: &str, #[case] expected: &str) {
    let read = Tape::read(json, &FIELDS, "doc").expect("JSON");
    let error = read.root().check().map_err(|error| error.0);
    assert_eq!(error.err().as_deref().unwrap_or_default(), expected);
    // The same of a document whose shape is only known afterwards.
    let kept = Tape::read(json, &ALL, "doc").expect("JSON");
    assert_eq!(kept.root().check(), Ok(()));
    let error = match FIELDS.check(kept.root()) {
        Some((node, wanted)) => Unreadable::mistyped(node, wanted).0,
        None => String::new(),
    };
    assert_eq!(error, expected);
}

#[test]
fn what_has_another_type_is_absent() {
    let tape = Tape::read(r#"{"a":1,"b":"x","c":null,"d":{},"e":[]}"#, &ALL, "").expect("JSON");
    let root = tape.root();
    assert_eq!((root.text("a"), root.text("c")), (None, None));
    assert_eq!((root.flag("b"), root.flag("x")), (None, None));
    assert!(root.object("e").is_none() && root.object("d").is_some());
    assert_eq!(root.objects("d").count(), 0);
    assert_eq!(root.text("b"), Some("x"));
}
