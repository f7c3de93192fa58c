//! The driver's program itself: its own tests, and its syntax for each Python that a server may have.

use std::process::Command;

use crate::server::python;

#[test]
fn the_drivers_own_tests_pass() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/test_driver.py");
    let ran = Command::new(python())
        .args(["-I", "-B", tests])
        .output()
        .expect("python3 is needed");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}");
    assert!(
        said.contains("Ran ") && !said.contains("Ran 0 tests"),
        "{said}"
    );
}
