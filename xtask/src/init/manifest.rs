//! The files that say what a package is, and versions as they write them.

/// Whether a file of this name says what a package is.
pub fn is_manifest(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "package.json",
        "pyproject.toml",
        "requirements.txt",
        "setup.py",
        "go.mod",
        "Cargo.toml",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "composer.json",
        "Gemfile",
        "deno.json",
        "deno.jsonc",
    ];
    NAMES.contains(&name) || name.ends_with(".csproj") || name.ends_with(".fsproj")
}

/// Major and minor number at the start of a version.
pub fn minor(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().split('.').map(|number| number.parse::<u32>().ok());
    Some((numbers.next()??, numbers.next()??))
}
