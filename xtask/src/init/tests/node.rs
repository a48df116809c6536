//! Tests of packages of Node.

use smoke_record::profile::Transport;

use super::{SDK, made};

#[test]
fn a_node_package_is_installed_as_its_lock_file_says() {
    let package =
        format!(r#"{{"bin":{{"x":"./dist/index.js"}},"scripts":{{"build":"tsc"}},{SDK}}}"#);
    let ignore = (".gitignore", "node_modules\ndist\n");
    let files = [("package.json", package.as_str()), ("package-lock.json", "{}"), ignore];
    let (profile, _) = made(&files).unwrap();
    assert_eq!(profile.setup[0].command[2], "npm ci && npm run build");
    assert!(profile.setup[0].inputs.is_empty());
    assert_eq!(profile.gateway.command, ["node", "dist/index.js"]);
    assert_eq!(profile.gateway.transport, Transport::Stdio);
}

#[test]
fn a_package_whose_modules_git_would_see_is_installed_into_a_copy() {
    let package = format!(r#"{{"bin":"dist/index.js","scripts":{{"prepare":"tsc"}},{SDK}}}"#);
    let (profile, text) = made(&[("package.json", &package), ("dist/index.js", "")]).unwrap();
    assert_eq!(profile.setup[0].inputs, ["dist", "package.json"]);
    assert_eq!(profile.gateway.command[1], "{{SMOKE_SETUP_NODE}}/dist/index.js");
    assert!(profile.setup[0].command[2].ends_with(" --ignore-scripts"));
    assert!(text.contains("# - there is no lock file"), "{text}");
}

#[test]
fn a_package_of_a_larger_repository_is_found() {
    let package = format!(r#"{{"bin":"i.js",{SDK}}}"#);
    let files = [
        ("package.json", "{}"),
        ("packages/a b/package.json", &package),
        ("packages/a b/i.js", ""),
        (".gitignore", "node_modules"),
    ];
    let (profile, _) = made(&files).unwrap();
    assert_eq!(profile.setup[0].cwd.as_deref(), Some("packages/a b"));
    assert_eq!(profile.gateway.command, ["node", "packages/a b/i.js"]);
}

#[test]
fn a_package_of_a_workspace_is_installed_by_the_lock_file_above_it() {
    let package = format!(r#"{{"bin":"i.js","scripts":{{"build":"tsc"}},{SDK}}}"#);
    let base = r#"{"workspaces":["p/*"]}"#;
    let named = r#"{"workspaces":["p/*"],"packageManager":"pnpm@9.1.2+sha512.ab"}"#;
    let berry = r#"{"workspaces":["p/*"],"packageManager":"yarn@4.5.0"}"#;
    let table = [
        (base, "package-lock.json", "", "npm ci && npm --prefix p/a run build"),
        (
            base,
            "pnpm-lock.yaml",
            "lockfileVersion: '6.0'\n",
            "npx --yes pnpm@8 install --frozen-lockfile && \
             npx --yes pnpm@8 --filter '{p/a}...' run build",
        ),
        (
            named,
            "pnpm-lock.yaml",
            "lockfileVersion: '9.0'\n",
            "npx --yes pnpm@9.1.2 install --frozen-lockfile && \
             npx --yes pnpm@9.1.2 --filter '{p/a}...' run build",
        ),
        (
            base,
            "yarn.lock",
            "# yarn lockfile v1\n",
            "npx --yes yarn@1 install --frozen-lockfile && cd p/a && npx --yes yarn@1 run build",
        ),
        (
            berry,
            "yarn.lock",
            "__metadata:\n",
            "YARN_NODE_LINKER=node-modules npx --yes @yarnpkg/cli-dist@4.5.0 install --immutable && \
             cd p/a && npx --yes @yarnpkg/cli-dist@4.5.0 run build",
        ),
    ];
    for (above, lock, text, expected) in table {
        let ignore = (".gitignore", "node_modules\ni.js\n");
        let files = [("package.json", above), (lock, text), ("p/a/package.json", &package), ignore];
        let (profile, _) = made(&files).unwrap();
        assert_eq!(profile.setup[0].command[2], expected);
        assert_eq!(
            (&profile.setup[0].cwd, &profile.gateway.command[1]),
            (&None, &"p/a/i.js".into())
        );
    }
}

#[test]
fn what_is_built_where_git_would_see_it_is_built_in_a_copy() {
    let package = format!(r#"{{"bin":"build/i.js","scripts":{{"build":"tsc"}},{SDK}}}"#);
    let files = [("package.json", package.as_str()), (".gitignore", "node_modules\n")];
    let (profile, _) = made(&files).unwrap();
    assert_eq!(profile.gateway.command[1], "{{SMOKE_SETUP_NODE}}/build/i.js");
}

#[test]
fn modules_that_are_not_there_yet_are_known_to_be_ignored_as_a_folder() {
    let package = format!(r#"{{"bin":"i.js",{SDK}}}"#);
    let files =
        [("package.json", package.as_str()), ("i.js", ""), (".gitignore", "node_modules/\n")];
    let (profile, text) = made(&files).unwrap();
    assert!(profile.setup[0].inputs.is_empty(), "{text}");
}
