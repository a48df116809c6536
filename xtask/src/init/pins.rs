//! What a run says about how the packages are installed: versions that nothing pins, and lock files that the
//! installer refuses.

use smoke_core::bound::Bound;

use camino::Utf8Path;
use smoke_core::environment::Environment;
use smoke_core::short;
use xshell::{Shell, cmd};

use super::mend;

/// The setup changed as its own output says, and what was changed. The repository itself is at fault: whoever
/// installs it anew has the same.
pub fn setup(setup: &str, run_folder: &Utf8Path, root: &Utf8Path) -> Option<(String, String)> {
    let said = mend::said(run_folder);
    out_of_sync(setup, &said)
        .or_else(|| peers(setup, &said))
        .or_else(|| renamed(setup, &said))
        .or_else(|| drifted(setup, &said, &day(root)?))
}

/// Packages that do not agree on which other ones they need beside them.
fn peers(setup: &str, said: &str) -> Option<(String, String)> {
    let install = ["npm ci", "npm install"].into_iter().find(|install| setup.contains(install))?;
    let refused = said.contains("ERESOLVE") && !setup.contains("--legacy-peer-deps");
    let what = "its packages do not agree on their peers, so that npm refuses them: they are not held to that here";
    refused.then(|| {
        (setup.replacen(install, &format!("{install} --legacy-peer-deps"), 1), what.to_owned())
    })
}

/// A lock file that npm does not hold to.
fn out_of_sync(setup: &str, said: &str) -> Option<(String, String)> {
    let refused = said.contains("npm ci") && said.contains("in sync") && setup.contains("npm ci");
    let what = "package-lock.json does not fit package.json, so that `npm ci` refuses it: it is not held to here";
    let install = "npm install --no-package-lock --no-audit --no-fund";
    refused.then(|| (setup.replacen("npm ci", install, 1), what.to_owned()))
}

/// A version of the SDK that the server was not written for.
fn renamed(setup: &str, said: &str) -> Option<(String, String)> {
    const GONE: [&str; 4] = [
        "No module named 'mcp.server.fastmcp",
        "'Server' object has no attribute 'list_tools'",
        "'Server' object has no attribute 'call_tool'",
        "cannot import name 'FastMCP' from 'mcp",
    ];
    if !GONE.iter().any(|words| said.contains(words)) || setup.contains("mcp<2") {
        return None;
    }
    let what = "it was written for mcp 1, and does not pin that: it is held to mcp<2 here, and whoever else \
                installs it anew needs the same";
    let places = ["venv/bin/pip install -r", "venv/bin/pip install ."];
    let place = places.iter().find(|place| setup.contains(**place))?;
    let pinned = place.replacen("install", "install 'mcp<2'", 1);
    Some((setup.replacen(place, &pinned, 1), what.to_owned()))
}

/// Packages that nothing pins, and whose newest versions the server was not written for.
fn drifted(setup: &str, said: &str, day: &str) -> Option<(String, String)> {
    const BREAKS: [&str; 4] = ["ImportError", "ModuleNotFoundError", "AttributeError", "TypeError"];
    let broken = said.contains("Traceback (most") && BREAKS.iter().any(|word| said.contains(word));
    let (before, after) = setup.split_once("{{PYTHON}} -m venv venv && venv/bin/pip install ")?;
    let uv = format!(
        "{{{{PYTHON}}}} -m venv .tools && .tools/bin/pip install uv && .tools/bin/uv venv venv --python {{{{PYTHON}}}} \
         && .tools/bin/uv pip install --python venv/bin/python --exclude-newer {day} "
    );
    let what = format!(
        "nothing pins its packages, and with the newest ones it fails: they are those of {day} here, the day of \
         its last commit, and whoever else installs it anew needs them pinned"
    );
    let after = after.replacen("'mcp<2' ", "", 1);
    broken.then(|| (format!("{before}{uv}{after}"), what))
}

/// The day of the last commit.
fn day(root: &Utf8Path) -> Option<String> {
    let shell = Shell::new().ok()?;
    shell.change_dir(root);
    let asked = cmd!(shell, "git log -1 --format=%cs");
    short::read(asked, &Environment::inherited(), &Bound::usual()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setup_is_changed_as_its_own_output_says() {
        let (changed, what) = setup_of(
            "npm ci && npm run build",
            "npm error `npm ci` can only install packages when they are in sync\n",
        )
        .unwrap();
        assert_eq!(changed, "npm install --no-package-lock --no-audit --no-fund && npm run build");
        assert!(what.contains("refuses it"), "{what}");
        let old = "ModuleNotFoundError: No module named 'mcp.server.fastmcp'\n";
        let (changed, _) = setup_of("venv/bin/pip install -r requirements.txt", old).unwrap();
        assert_eq!(changed, "venv/bin/pip install 'mcp<2' -r requirements.txt");
        assert!(setup_of(&changed, old).is_none(), "once is enough");
        let (dated, _) = drifted(
            "{{PYTHON}} -m venv venv && venv/bin/pip install 'mcp<2' -r r.txt",
            "Traceback (most recent call last)\nTypeError: x\n",
            "2025-06-01",
        )
        .unwrap();
        assert!(dated.ends_with("--exclude-newer 2025-06-01 -r r.txt"), "{dated}");
        let (changed, _) = peers("npm ci && x", "npm error code ERESOLVE\n").unwrap();
        assert_eq!(changed, "npm ci --legacy-peer-deps && x");
    }

    fn setup_of(setup: &str, said: &str) -> Option<(String, String)> {
        out_of_sync(setup, said).or_else(|| renamed(setup, said))
    }
}
