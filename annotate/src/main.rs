//! annotate
fn main(){}
