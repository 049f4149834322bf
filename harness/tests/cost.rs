//! The measure of what a request costs.

use harness::cost;

#[test]
fn the_same_request_costs_the_same_each_time() {
    let request = br#"{"request": {"object": null}, "settings": {}}"#;
    let first = cost(request).unwrap();
    assert!((100..100_000).contains(&first.instructions), "{first:?}");
    assert_eq!(cost(request).unwrap(), first);
}
