using System.Text;

namespace Falter.Report;

/// <summary><c>docs/reference/experiment-file.md</c>, generated from the table of fields that <see cref="ExperimentFile"/> reads by.</summary>
public static class ExperimentPage
{
    private const string Head = """
        # The experiment file

        An experiment is a system, what drives it, how its health is told, what is done to it, and when. `falter init -- COMMAND` writes such a file, `falter run FILE` runs it, and
        `falter schema` prints a JSON Schema (draft 2020-12) for editors. The tables on this page are generated from the fields that the program reads by; a test holds them equal.

        The file is YAML, or JSON, which is a part of it. It is read strictly: unknown keys, keys that are given twice, values of another form, names of roles and checks that are not
        there, and what contradicts itself are mistakes. All of them are told at once, with file, line, column, what was expected and an example. Anchors, aliases and tags are refused:
        the file says what it seems to say.

        - **Durations** have a unit: `250ms`, `10s`, `1m30s`, `2h`. A bare number is refused.
        - **Shares** are `5%` or `0.05`. **Sizes** have a unit: `64KiB`, `512MiB`, `100MB`.
        - **Ranges** include both ends: `200..399`, `1..`, `..10`, one number for exactly that, or `{ least: 0, most: 10 }`. Sizes may stand for numbers.
        - **Commands** of processes are split into words as a shell splits them, and no shell runs them: what only a shell could do is refused, with `[sh, -c, "…"]` as the way out.
          Commands of checks and workloads, `prepare` and `clean_up` are run by `sh -c` in the folder that Falter itself runs in.
        - **Paths** (`folder`, `models`, `file`) are relative to the experiment's file.
        - **Faults** are those of the [rule language](rules.md): `write:error=ENOSPC:rate=5%` for every role, `"web: write:error=ENOSPC:rate=5%"` for one. Of the rules of a plan that meet in
          a role, the first that acts on a call wins.
        - **`${address:ROLE}`** in commands, URLs, addresses and environments is where a role is reached: its address in a private network, `127.0.0.1` in the host's.

        A whole file:

        ```yaml
        version: 1
        name: shop
        description: does the shop survive full disks and a slow database?
        seed: 7
        repetitions: 3
        system:
          prepare: rm -rf /tmp/db && initdb -D /tmp/db
          processes:
            - role: db
              command: [postgres, -D, /tmp/db]
              environment: { PGTZ: UTC }
              ready: { tcp: "127.0.0.1:5432", timeout: 30s }
              stop: { signal: SIGINT, grace: 10s }
            - role: web
              command: nginx -g 'daemon off;'
              after: [db]
        workload:
          - http: { urls: ["http://127.0.0.1:8080/"], rate: 100 }
          - { command: pgbench -T 1, parallel: 2 }
        checks:
          - http: http://127.0.0.1:8080/
            body: "welcome"
          - { name: orders, command: "psql -tAc 'select count(*) from lost_orders'", value: 0 }
          - { log: "panic|FATAL", role: db }
          - { process: memory, role: web, value: { most: 512MiB } }
        faults:
          natural: { roles: [web] }
          plans:
            - name: disk full
              faults: ["db: write:error=ENOSPC:rate=5%", { role: db, syscalls: [fsync], error: EIO, rate: 1% }]
            - name: slow database
              faults: ["db: network:delay=50ms±10ms"]
        phases: { baseline: 30s, inject: 30s }
        stop:
          - { check: orders, failing_for: 10s, ends: run }
        ```

        ## What contradicts itself

        Two roles, checks or plans of one name · a role or check that is named and not there · `after` in a circle · processes that are launched beside others that are attached to · a private
        network, `prepare` or `clean_up` for processes that run already · no fault at all · a baseline shorter than 5 probes of a check · a fault that begins after `inject` is over or delays longer · more plans
        `at_once` than there are · `strategy: random` without natural errors to count · a rule that can never act, because others stand before it · a container fault where no role is a container ·
        `mechanism: seccomp-notify` for processes that run already, `seccomp-attach` for those that are launched · a log check of a process that runs already without the log's `file`.

        """;

    public static string Render()
    {
        var page = new StringBuilder(Head);
        page.Append("## All fields\n");
        foreach (FieldSection section in ExperimentFields.All) Add(page, section);
        return page.ToString();
    }

    private static void Add(StringBuilder page, FieldSection section)
    {
        page.Append($"\n### {section.Name}\n{section.Description}\n\n| field | value | default | example | meaning |\n|---|---|---|---|---|\n");
        foreach (Field field in section.Fields)
        {
            page.Append($"| `{field.Key}` | {TypeOf(field.Form)} | {(field.IsRequired ? "**required**" : field.DefaultValue is { } value ? $"`{value}`" : field.Default ?? "none")} | `{Cell(field.Example)}` | {Cell(field.Description)} |\n");
        }
    }

    private static string TypeOf(FieldForm form) => form switch
    {
        SectionForm map => $"a map: [{map.Section.Name}](#{map.Section.Name})",
        KindForm kinds => $"a map: {string.Join(", ", kinds.All.Select(Link))}",
        NaturalForm natural => $"true, false, or a map: {Link(natural.Section)}",
        ItemsForm { Item: SectionForm item } list => $"{list.Type}: {Link(item.Section)}",
        ItemsForm { Item: KindForm item } list => $"{list.Type}: {string.Join(", ", item.Kinds.Select(Link))}",
        _ => Cell(form.Type),
    };

    private static string Link(FieldSection section) => $"[{section.Name}](#{section.Name})";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
