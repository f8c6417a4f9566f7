using Falter.Records;

namespace Falter.Report;

/// <summary>The file that <c>falter init</c> writes: an experiment that runs as it stands, with what else could be said as comments.</summary>
public static class ExperimentTemplate
{
    private static readonly string[] s_exampleCommand = ["nginx", "-g", "daemon off;"];

    private const string ExampleUrl = "http://127.0.0.1:80/";

    /// <summary>The document; <see cref="ExperimentFile"/> reads it.</summary>
    /// <param name="command">The command under test; null: an example.</param>
    /// <param name="checks">URLs and commands; empty: whether the process lives.</param>
    /// <param name="workloads">URLs, or commands; empty: none.</param>
    /// <param name="file">The file's name, for the commands in its comments.</param>
    public static string Of(IReadOnlyList<string>? command, IReadOnlyList<string> checks, IReadOnlyList<string> workloads, string file)
    {
        bool isExample = command is null;
        command ??= s_exampleCommand;
        if (isExample && checks.Count + workloads.Count == 0) checks = workloads = [ExampleUrl];
        string role = RoleOf(command[0]);
        var text = new YamlLines("");
        Head(text, role, file);
        System(text, role, command, isExample);
        Workload(text, [.. workloads.Distinct(StringComparer.Ordinal)]);
        Checks(text, role, [.. checks.Distinct(StringComparer.Ordinal)]);
        Faults(text, role);
        Ends(text);
        return text.ToString();
    }

    /// <summary>Whether a text is meant as a URL and not as a command.</summary>
    public static bool LooksLikeUrl(string text) => text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong with a URL; null where nothing is.</summary>
    public static string? ProblemOfUrl(string text) => Forms.Url.Takes(YamlText.Of(text), new Field("url", Forms.Url, "", "")) ? null : $"'{text}' is no URL; expected for example http://127.0.0.1:8080/";

    // The role becomes part of file names and of the rule language.
    private static string RoleOf(string program)
    {
        string name = string.Concat(Path.GetFileName(program.TrimEnd('/')).Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' ? c : '_'));
        return name.Length > 0 ? name : "target";
    }

    private static void Head(YamlLines text, string role, string file)
    {
        string path = file.Any(char.IsControl) ? "FILE" : ShellWords.Join([file]);
        text.Block($"""
            # What becomes of {role} when its system calls fail?
            #
            #   falter run {path} --dry-run    shows what would be done
            #   sudo falter run {path}         does it
            #
            # What is commented out could be said too. docs/reference/experiment-file.md describes every field, and `falter schema` prints a JSON Schema for editors.

            version: 1
            name: {YamlText.Of(role)}
            # description: what this is to find out
            # seed: 7                # of every chance in the run; without it, a new one each time
            # repetitions: 3         # how often each fault plan is run
            # order: random          # of the plans; by default as-written
            # keep: true             # go on from plan to plan with the same processes as long as they are well
            # fail_on: degraded      # the mildest verdict that ends with exit code 1; by default corrupted

            """);
    }

    private static void System(YamlLines text, string role, IReadOnlyList<string> command, bool isExample)
    {
        text.Block($"""
            # The processes under test, in the order in which they are started.
            system:
              # network: private     # a network of its own for each role, which is ${"{address:ROLE}"} in commands and URLs
              # prepare: rm -rf /tmp/web && mkdir /tmp/web   # before the processes are started, each time
              # clean_up: rm -rf /tmp/web               # after they were stopped
              processes:
                - role: {YamlText.Of(role)}
                  command: {YamlText.List(command)}{(isExample ? "    # an example: write your own" : "")}
                  # environment: {"{ NAME: value }"}
                  # folder: /srv
                  # ready: {"{ tcp: \"127.0.0.1:8080\", timeout: 30s }"}    # by default, when all checks pass
                  # restart: on-failure      # by default never: its end is the end of the system
                  # stop: {"{ signal: SIGINT, grace: 10s }"}
                # - role: db
                #   command: postgres -D data
                # Instead of a command, what runs already:
                # - role: {role}
                #   attach: {"{ name: nginx }"}    # or pid, cgroup, container

            """);
    }

    private static void Workload(YamlLines text, string[] workloads)
    {
        text.Block("# What drives the system. Without a workload, somebody else has to: a fault that no call meets shows nothing.");
        string[] urls = [.. workloads.Where(LooksLikeUrl)];
        text.Block(workloads.Length == 0 ? "# workload:" : "workload:");
        if (urls.Length > 0) text.Add($"  - http: {{ urls: {YamlText.List(urls)}, rate: 200 }}");
        else text.Block("  # - http: { urls: [\"http://127.0.0.1:8080/\"], rate: 200 }    # requests per second");
        foreach (string command in workloads.Where(w => !LooksLikeUrl(w))) text.Add($"  - command: {YamlText.Of(command)}");
        if (urls.Length == workloads.Length) text.Block("  # - { command: ./one-round, timeout: 10s, parallel: 2, pause: 100ms }    # run again and again");
        text.Block("""
              # - rounds: { send: ./send, wait: 1s, fetch: ./fetch, validate: ./compare }

            """);
    }

    private static void Checks(YamlLines text, string role, string[] checks)
    {
        text.Block("# How health is told. Each check is compared with what it said before anything was injected.\nchecks:");
        foreach (string check in checks) text.Add($"  - {(LooksLikeUrl(check) ? "http" : "command")}: {YamlText.Of(check)}");
        if (checks.Length == 0) text.Add($"  - {{ process: alive, role: {YamlText.Of(role)} }}    # that it lives says little: add a check of what it does");
        text.Block($"""
              # - {"{ http: \"http://127.0.0.1:8080/health\", status: 200, body: ok, interval: 200ms, timeout: 2s }"}
              # - {"{ tcp: \"127.0.0.1:8080\" }"}
              # - {"{ name: orders, command: \"psql -tAc 'select count(*) from orders'\", value: { least: 0, most: 10 } }"}
              # - {"{ prometheus: up, server: \"http://127.0.0.1:9090\", value: { least: 1 } }"}
              # - {$"{{ log: \"panic|FATAL\", role: {role}, most: 0 }}"}
              # - {$"{{ process: memory, role: {role}, value: {{ most: 512MiB }} }}"}

            """);
    }

    private static void Faults(YamlLines text, string role)
    {
        text.Block($"""
            # What is done to it: each error that it meets by nature, amplified, one after the other.
            faults:
              natural: true
              # natural: {$"{{ roles: [{role}], max_models: 10 }}"}
              # models: models.yaml    # of `falter models -o models.yaml`
              # plans:                 # docs/reference/rules.md describes the rules
              #   - name: disk full
              #     faults: {$"[\"{role}: write:error=ENOSPC:rate=5%\"]"}
              # at_once: 2             # combinations of up to so many plans
              # max_plans: 100
              # strategy: random       # as many faults by chance, to compare with
              # find_thresholds: true  # search for the rate that it bears
              # mechanism: seccomp-notify

            """);
    }

    private static void Ends(YamlLines text) => text.Block("""
        phases:
          warm_up: 3s      # load before anything is measured
          observe: 30s     # of natural errors, in intervals of 1s
          baseline: 20s    # the steady state that each plan is compared with
          inject: 20s      # each plan
          recover: 10s     # before it is looked at again
          # inspect: 5s

        # stop:
        #   - { check: NAME, failing_for: 5s, ends: run }    # or plan
        """);
}
