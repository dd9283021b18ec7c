import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { Glob } from "bun";

const root = join(import.meta.dir, "../..");
const documents = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].concat(
  [...new Glob("docs/*.md").scanSync(root)].sort(),
);
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** The anchor that a Markdown heading has on the usual hosts. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

function anchorsOf(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading as string));
}

test.each(documents)("links in %s lead to files and headings that are there", (path) => {
  const prose = read(path)
    .replaceAll(/^```[\s\S]*?^```/gm, "")
    .replaceAll(/`[^`]*`/g, "");
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target as string);
  const broken = links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : relative(root, join(root, dirname(path), file));
    return !existsSync(join(root, target)) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(broken).toEqual([]);
});

test("the index of docs/ has every document in it", () => {
  const index = read("docs/README.md");
  for (const name of readdirSync(join(root, "docs"))) {
    if (name.endsWith(".md") && name !== "README.md") expect(index).toContain(`](${name})`);
  }
});

describe("CONTRIBUTING.md", () => {
  const text = read("CONTRIBUTING.md");

  test("names every room of src/, and none that is not there", () => {
    const named = [...text.matchAll(/^\| (`[^|]*`) \|/gm)].flatMap(([, cell]) =>
      [...(cell as string).matchAll(/`([^`]+?)\/?`/g)].map(([, room]) => room as string),
    );
    expect(named.sort()).toEqual(readdirSync(join(root, "src")).sort());
  });

  test("names files that are there", () => {
    const paths = [...text.matchAll(/`((?:src|test|scripts|docs|proto|\.ci)\/[^`*\s]*)`/g)].map(
      ([, path]) => path as string,
    );
    expect(paths.length).toBeGreaterThan(10);
    expect(paths.filter((path) => !path.includes("NAME") && !existsSync(join(root, path)))).toEqual([]);
  });
});
