# SPDX-License-Identifier: GPL-2.0-only
"""apt for another suite and architecture, with a state of its own.

Adding an architecture to the host would change which packages it upgrades.
So apt gets a private configuration, private lists and an empty dpkg status.
Only the host's mirror and its Acquire settings (proxies and the like) are
taken over: its hooks must not run for a private state.
"""

import os
import pathlib
import re
import subprocess

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
# sid has no security suite of its own.
WITH_SECURITY = ("bookworm", "trixie")


class AptError(Exception):
    """apt or the archive did not do what was asked."""


def run(command, **options):
    try:
        return subprocess.run(command, check=True, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              **options).stdout
    except subprocess.CalledProcessError as error:
        raise AptError(f"{' '.join(map(str, command))}: "
                       f"{error.stderr.strip()}") from error


def mirrors():
    """The archive and the security archive that the host itself uses."""
    # Without the option only what has been fetched is listed.
    lines = run(["apt-get", "indextargets", "--no-release-info",
                 "--format", "$(SITE) $(RELEASE) $(COMPONENT)",
                 "Created-By: Packages"]).split("\n")
    main = security = None
    for line in lines:
        fields = line.split()
        if len(fields) != 3 or fields[2] != "main":
            continue
        site, release, _ = fields
        if release.endswith("-security"):
            security = security or site
        elif re.fullmatch(r"bookworm|stable|oldstable", release):
            main = main or site
    if not main:
        raise AptError("the host's apt has no source for Debian 12, main")
    return main, security


class Archive:
    """One suite, with arm64 as the native and amd64 as second architecture."""

    def __init__(self, state, suite):
        self.suite = suite
        self.dir = pathlib.Path(state) / suite
        for name in ("lists/partial", "archives/partial", "empty"):
            (self.dir / name).mkdir(parents=True, exist_ok=True)
        (self.dir / "status").touch()
        self._write_sources()
        self._write_config()
        self.env = dict(os.environ, LC_ALL="C",
                        APT_CONFIG=str(self.dir / "apt.conf"))

    def _write_sources(self):
        main, security = mirrors()
        lines = [f"deb [signed-by={KEYRING}] {main} {self.suite} main"]
        if security and self.suite in WITH_SECURITY:
            lines.append(f"deb [signed-by={KEYRING}] {security} "
                         f"{self.suite}-security main")
        (self.dir / "sources.list").write_text("\n".join(lines) + "\n",
                                               encoding="utf-8")

    def _write_config(self):
        acquire = run(["apt-config", "dump", "Acquire"])
        # Bracketed lists cannot be read back with a name of their own, and
        # the languages and Contents files would only cost time.
        kept = [line for line in acquire.splitlines()
                if re.match(r"Acquire::(http|https|ftp|Retries|By-Hash|"
                            r"ForceIPv[46]|Check-Valid-Until|Check-Date)[: ]",
                            line)]
        d = self.dir
        own = f"""
APT::Architecture "arm64";
APT::Architectures {{ "arm64"; "amd64"; }};
APT::Sandbox::User "";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
Dir::Etc::Main "{d}/empty/none";
Dir::Etc::Parts "{d}/empty";
Dir::Etc::SourceList "{d}/sources.list";
Dir::Etc::SourceParts "{d}/empty";
Dir::Etc::Preferences "{d}/empty/none";
Dir::Etc::PreferencesParts "{d}/empty";
Dir::State "{d}";
Dir::State::Lists "{d}/lists";
Dir::State::Status "{d}/status";
Dir::Cache "{d}";
Dir::Cache::Archives "{d}/archives";
"""
        (d / "apt.conf").write_text("\n".join(kept) + own, encoding="utf-8")

    def update(self):
        """Fetch the indexes; returns a warning, or None.

        A mirror that stands still for more than a week or two makes the
        signed index expire. The signature is still good then, and all that
        is lost is the proof that no newer packages exist, which a test
        kernel can do without. So it is accepted, and said.
        """
        command = ["apt-get", "-q", "update", "--error-on=any"]
        try:
            run(command, env=self.env)
        except AptError as error:
            if " is expired " not in str(error):
                raise
            run([*command, "-oAcquire::Check-Valid-Until=false"],
                env=self.env)
            return (f"the mirror's signed index of {self.suite} has expired: "
                    "it is used all the same, but it may be old")
        return None

    def show(self, name, version=None, missing_ok=False):
        """The fields of a package; the newest one if no version is given."""
        # A '+' at the end of a version is part of it, so no pattern is used.
        query = f"{name}={version}" if version else name
        result = subprocess.run(
            ["apt-cache", "show", "--no-all-versions", query], env=self.env,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            check=False)
        stanza = result.stdout.split("\n\n")[0]
        fields = dict(line.split(": ", 1) for line in stanza.split("\n")
                      if not line.startswith(" ") and ": " in line)
        if "Version" not in fields or fields["Version"] != (
                version or fields["Version"]):
            if missing_ok:
                return None
            raise AptError(f"{self.suite} has no package {query}: "
                           f"{result.stderr.strip()}")
        return fields

    @staticmethod
    def depends(package):
        """Names of what it depends on; of alternatives, the first."""
        both = ", ".join(package[field] for field in ("Pre-Depends", "Depends")
                         if field in package)
        return [re.split(r"[\s:(|]", item.strip())[0]
                for item in both.split(",") if item.strip()]

    def with_all(self, names):
        """The packages of these names and what apt would install with them."""
        steps = run(["apt-get", "-q", "-s", "install", *names], env=self.env)
        return [line.split()[1] for line in steps.splitlines()
                if line.startswith("Inst ")]

    def download(self, packages, folder):
        names = [f"{p['Package']}:{p['Architecture']}={p['Version']}"
                 if p["Architecture"] != "all" else
                 f"{p['Package']}={p['Version']}" for p in packages]
        run(["apt-get", "-q", "download", *names], env=self.env, cwd=folder)
