//! Links libsitu.a.  SITU_LIB_DIR names the folder that holds it; without it, the checkout's release build is taken.
use std::{env, path::PathBuf};

fn main() {
    println!("cargo:rerun-if-env-changed=SITU_LIB_DIR");
    let top = PathBuf::from(env::var("CARGO_MANIFEST_DIR").unwrap()).join("../..");
    let dir = match env::var("SITU_LIB_DIR") {
        Ok(dir) => PathBuf::from(dir),
        Err(_) => ["clang-14", "clang", "gcc", "cc"]
            .iter()
            .map(|cc| top.join(format!("build/release-{cc}")))
            .find(|dir| dir.join("libsitu.a").exists())
            .expect("libsitu.a is not built: run `make`, or set SITU_LIB_DIR"),
    };
    println!("cargo:rustc-link-search=native={}", dir.canonicalize().unwrap_or(dir).display());
    println!("cargo:rustc-link-lib=static=situ");
}
