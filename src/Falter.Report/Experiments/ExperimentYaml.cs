using System.Globalization;
using System.Text;
using Falter.Records;

namespace Falter.Report;

/// <summary>An experiment as YAML for people: to be reviewed, kept and run again. <see cref="ExperimentFile"/> reads it back to the same experiment. What is as by default is left out, but for the phases.</summary>
public static class ExperimentYaml
{
    private const string Head = "# An experiment; docs/reference/experiment-file.md describes every field, `falter run FILE` runs it.\n";

    /// <summary>The document. Relative paths were resolved when the experiment was read: it can lie anywhere.</summary>
    public static string Of(ExperimentDefinition experiment)
    {
        var standard = new { Order = PlanOrder.AsWritten, FailOn = Verdict.Corrupted };
        var text = new YamlLines(Head);
        text.Add($"version: {ExperimentFields.CurrentVersion}");
        text.Add($"name: {YamlText.Of(experiment.Name)}");
        if (experiment.Description.Length > 0) text.Add($"description: {YamlText.Of(experiment.Description)}");
        if (experiment.Seed is { } seed) text.Add($"seed: {seed}");
        if (experiment.Repetitions != 1) text.Add($"repetitions: {experiment.Repetitions}");
        if (experiment.Order != standard.Order) text.Add($"order: {Words.Of(experiment.Order)}");
        if (experiment.Keep) text.Add($"keep: true");
        if (experiment.FailOn != standard.FailOn) text.Add($"fail_on: {Words.Of(experiment.FailOn)}");
        System(text, experiment.System);
        if (experiment.Workloads.Count > 0) text.Section("workload");
        foreach (WorkloadDefinition workload in experiment.Workloads) text.Add($"  - {Workload(workload)}");
        text.Section("checks");
        foreach (CheckDefinition check in experiment.Checks) text.Add($"  - {CheckYaml.Of(check)}");
        Faults(text, experiment.Faults);
        Phases(text, experiment.Phases);
        if (experiment.StopRules.Count > 0) text.Section("stop");
        foreach (StopRule rule in experiment.StopRules) text.Add($"  - {{ check: {YamlText.Of(rule.Check)}, failing_for: {Durations.Format(rule.FailingFor)}, ends: {(rule.EndsRun ? "run" : "plan")} }}");
        return text.ToString();
    }

    private static void System(YamlLines text, SystemDefinition system)
    {
        text.Section("system");
        if (system.Network != NetworkLayout.Host) text.Add($"  network: {Words.Of(system.Network)}");
        if (system.Prepare is { } prepare) text.Add($"  prepare: {YamlText.Of(prepare)}");
        if (system.CleanUp is { } cleanUp) text.Add($"  clean_up: {YamlText.Of(cleanUp)}");
        text.Add($"  processes:");
        foreach (ProcessDefinition process in system.Processes) Process(text, process);
    }

    private static void Process(YamlLines text, ProcessDefinition process)
    {
        var standard = new ProcessDefinition { Role = process.Role };
        text.Add($"    - role: {YamlText.Of(process.Role)}");
        if (process.Command is { } command) text.Add($"      command: {YamlText.List(command)}");
        if (process.Attach is { } attach) text.Add($"      attach: {Attach(attach)}");
        if (process.Environment.Count > 0) text.Add($"      environment:");
        foreach ((string name, string value) in process.Environment) text.Add($"        {YamlText.Of(name)}: {YamlText.Of(value)}");
        if (process.Folder is { } folder) text.Add($"      folder: {YamlText.Of(folder)}");
        if (process.Ready is { } ready) text.Add($"      ready: {CheckYaml.OfReady(ready, process)}");
        else if (process.ReadyTimeout != standard.ReadyTimeout) text.Add($"      ready: {{ timeout: {Durations.Format(process.ReadyTimeout)} }}");
        if (process.After.Count > 0) text.Add($"      after: {YamlText.List(process.After)}");
        if (process.Restart != standard.Restart) text.Add($"      restart: {Words.Of(process.Restart)}");
        if (process.StopSignal != standard.StopSignal || process.StopGrace != standard.StopGrace) text.Add($"      stop: {{ signal: {(process.StopSignal.HasName ? process.StopSignal : process.StopSignal.Number)}, grace: {Durations.Format(process.StopGrace)} }}");
    }

    private static string Attach(AttachedProcesses attach) => attach switch
    {
        { Pid: { } pid } => string.Create(CultureInfo.InvariantCulture, $"{{ pid: {pid} }}"),
        { Name: { } name } => $"{{ name: {YamlText.Of(name)} }}",
        { Cgroup: { } group } => $"{{ cgroup: {YamlText.Of(group)} }}",
        _ => $"{{ container: {YamlText.Of(attach.Container ?? "")} }}",
    };

    private static string Workload(WorkloadDefinition workload)
    {
        var map = new YamlMap();
        switch (workload)
        {
            case HttpWorkloadDefinition http:
                return new YamlMap { { "http", new YamlMap { { "urls", YamlText.List(http.Urls) }, { "rate", YamlMap.Number(http.RatePerSecond) }, { "timeout", http.Timeout } }.ToString() } }.ToString();
            case RoundWorkloadDefinition rounds:
                return new YamlMap { { "rounds", Rounds(rounds).ToString() } }.ToString();
            case CommandWorkloadDefinition command:
                map.Add("command", YamlText.Of(command.Command));
                map.Add("timeout", command.Timeout);
                if (command.Parallel != 1) map.Add("parallel", YamlMap.Number(command.Parallel));
                if (command.Pause > TimeSpan.Zero) map.Add("pause", command.Pause);
                break;
        }
        return map.ToString();
    }

    private static YamlMap Rounds(RoundWorkloadDefinition rounds)
    {
        var map = new YamlMap { { "send", YamlText.Of(rounds.Send) } };
        if (rounds.Wait > TimeSpan.Zero) map.Add("wait", rounds.Wait);
        if (rounds.Fetch is { } fetch) map.Add("fetch", YamlText.Of(fetch));
        if (rounds.Validate is { } validate) map.Add("validate", YamlText.Of(validate));
        if (rounds.Pause > TimeSpan.Zero) map.Add("pause", rounds.Pause);
        map.Add("timeout", rounds.Timeout);
        return map;
    }

    private static void Faults(YamlLines text, FaultsDefinition faults)
    {
        var standard = new FaultsDefinition();
        text.Section("faults");
        if (faults.Natural is { } natural) text.Add($"  natural: {Natural(natural)}");
        if (faults.Models is { } models) text.Add($"  models: {YamlText.Of(models)}");
        if (faults.Plans.Count > 0) text.Add($"  plans:");
        foreach (WrittenPlan plan in faults.Plans)
        {
            text.Add($"    - name: {YamlText.Of(plan.Name)}");
            text.Add($"      faults:");
            foreach (RoleFault fault in plan.Faults) text.Add($"        - {YamlText.Of($"{fault}")}");
        }
        if (faults.AtOnce != standard.AtOnce) text.Add($"  at_once: {faults.AtOnce}");
        if (faults.MostPlans != standard.MostPlans) text.Add($"  max_plans: {faults.MostPlans}");
        if (faults.Strategy != standard.Strategy) text.Add($"  strategy: {Words.Of(faults.Strategy)}");
        if (faults.FindThresholds) text.Add($"  find_thresholds: true");
        if (faults.Mechanism is { } mechanism) text.Add($"  mechanism: {mechanism}");
    }

    private static string Natural(NaturalFaults natural)
    {
        var map = new YamlMap();
        if (natural.Roles.Count > 0) map.Add("roles", YamlText.List(natural.Roles));
        map.Add("max_models", YamlMap.Number(natural.MaxModels));
        if (natural.Together) map.Add("together", "true");
        return map.ToString();
    }

    private static void Phases(YamlLines text, PhaseLengths phases)
    {
        text.Section("phases");
        text.Add($"  warm_up: {Durations.Format(phases.WarmUp)}");
        text.Add($"  observe: {Durations.Format(phases.Observe)}");
        text.Add($"  interval: {Durations.Format(phases.Interval)}");
        text.Add($"  baseline: {Durations.Format(phases.Baseline)}");
        text.Add($"  inject: {Durations.Format(phases.Inject)}");
        text.Add($"  recover: {Durations.Format(phases.Recover)}");
        if (phases.Inspect is { } inspect) text.Add($"  inspect: {Durations.Format(inspect)}");
    }
}

/// <summary>Lines of YAML.</summary>
internal sealed class YamlLines(string head)
{
    private readonly StringBuilder _text = new(head);

    public void Add(FormattableString line) => _text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>Adds lines as they stand.</summary>
    public void Block(string lines) => _text.Append(lines).Append('\n');

    public void Section(string key) => _text.Append('\n').Append(key).Append(":\n");

    public override string ToString() => _text.ToString();
}

/// <summary>A map of YAML on one line.</summary>
internal sealed class YamlMap : global::System.Collections.IEnumerable
{
    private readonly List<string> _entries = [];

    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    public void Add(string key, string value) => _entries.Add($"{key}: {value}");

    public void Add(string key, TimeSpan value) => Add(key, Durations.Format(value));

    public void Add(string key, Tolerance range)
    {
        var ends = new YamlMap();
        if (range.Least is { } least) ends.Add("least", Number(least));
        if (range.Most is { } most) ends.Add("most", Number(most));
        Add(key, ends.ToString());
    }

    public global::System.Collections.IEnumerator GetEnumerator() => _entries.GetEnumerator();

    public override string ToString() => $"{{ {string.Join(", ", _entries)} }}";
}
