using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Falter.Inject;
using Falter.Linux.Launch;
using Falter.Records;

namespace Falter.Cli;

/// <summary>What <c>falter inject</c> says: the plan and the counts to standard output, all talk to standard error.</summary>
internal sealed class InjectionOutput(InjectionPlan plan, bool asJson)
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private bool _progressShown;

    /// <summary>One line of talk.</summary>
    public static void Talk(string line) => Console.Error.WriteLine($"falter: {line}");

    /// <summary>The plan, for --dry-run.</summary>
    public void Plan()
    {
        if (asJson)
        {
            JsonObject document = Head();
            document["processes"] = Texts(plan.Processes);
            document["not_chosen"] = new JsonArray([.. (plan.Choice?.Others ?? []).Select(o => (JsonNode)new JsonObject { ["mechanism"] = o.Key, ["reason"] = o.Value })]);
            document["notes"] = Texts(plan.Notes.Select(n => n.ToString()));
            document["rules"] = new JsonArray([.. plan.Rules.Select(r => (JsonNode)Describe(r))]);
            document["faults"] = new JsonArray([.. plan.Others.Select((f, i) => (JsonNode)new JsonObject { ["fault"] = f.ToString(), ["mechanism"] = i < plan.PlannedOthers.Count ? plan.PlannedOthers[i].Mechanism : null })]);
            Console.Out.WriteLine(document.ToJsonString(s_json));
            return;
        }
        Console.Out.WriteLine($"{(plan.Target.Command is null ? "processes " : "launch    ")} {string.Join(", ", plan.Processes)}, with threads and children");
        foreach (SyscallFault rule in plan.Rules) WritePlanned(rule);
        for (int fault = 0; fault < plan.Others.Count; fault++) WritePlanned(plan.Others[fault], fault < plan.PlannedOthers.Count ? plan.PlannedOthers[fault] : null);
        if (plan.Choice is { } choice) Write(choice);
        Console.Out.WriteLine($"limit      {Durations.Format(plan.Duration)}{(plan.After > TimeSpan.Zero ? $", beginning {Durations.Format(plan.After)} after the start" : "")}; seed {plan.Seed}");
        foreach (Finding note in plan.Notes) Console.Out.WriteLine($"note       {note}");
        Console.Out.WriteLine("nothing was armed (--dry-run)");
    }

    /// <summary>What is armed, by which mechanism, and how it ends.</summary>
    public void Armed(ISyscallInjector? injector)
    {
        foreach (Finding note in plan.Notes) Talk(note.ToString());
        foreach (SyscallFault rule in plan.Rules) Talk($"armed {rule} by {injector!.Mechanism} for {Durations.Format(plan.Duration)}, seed {plan.Seed}");
        if (injector is not null) Talk(injector.Undo);
        foreach (Fault fault in plan.Others) Talk($"{(fault.After > TimeSpan.Zero ? $"to be armed in {Durations.Format(fault.After)}:" : "armed")} {fault}");
    }

    /// <summary>One line that is written over; only where somebody watches.</summary>
    public void Progress(TimeSpan elapsed, IReadOnlyList<InjectionCounts> counts)
    {
        if (Console.IsErrorRedirected) return;
        _progressShown = true;
        string text = string.Join("  ", plan.Rules.Zip(counts, (r, c) => string.Create(CultureInfo.InvariantCulture, $"{r}: {c.Injected} of {c.Matched}")));
        Console.Error.Write($"\r\e[K{elapsed.TotalSeconds:0}s of {Durations.Format(plan.Duration)}  {text}");
    }

    /// <summary>What each rule did, and what did not fire.</summary>
    /// <param name="injector">Null where no rule is about system calls.</param>
    /// <param name="faults">What came of the other faults.</param>
    /// <param name="launched">Null where the target ran before.</param>
    /// <param name="gone">Whether the target has ended.</param>
    public void Counts(ISyscallInjector? injector, IReadOnlyList<FaultOutcome> faults, LaunchedProcess? launched, bool gone)
    {
        if (_progressShown) Console.Error.Write("\r\e[K");
        RuleOutcome[] outcomes = injector is null ? [] : [.. plan.Rules.Zip(injector.Counts, injector.Skipped).Select(r => new RuleOutcome(r.First, r.Second, r.Third))];
        if (asJson) Console.Out.WriteLine(Result(outcomes, faults, launched).ToJsonString(s_json));
        else
        {
            WriteTable(outcomes);
            WriteTable(faults);
        }
        foreach (Finding finding in faults.SelectMany(f => f.Findings)) Talk(finding.ToString());
        foreach (FaultOutcome fault in faults.Where(f => f.Mechanism is null)) Talk(Finding.Limits("fault-not-fired", $"{fault.Fault}: the injection ended before its time").ToString());
        foreach (FaultOutcome fault in faults.Where(f => f is { Mechanism: not null, Injected: 0 })) Talk(Finding.Limits("fault-not-fired", $"{fault.Fault}: it was in force, and nothing met it").ToString());
        foreach (RuleOutcome outcome in outcomes.Where(o => o.Counts.Injected == 0))
        {
            Talk(Finding.Limits("fault-not-fired", $"{outcome.Rule}: {outcome.WhyNotFired(plan.Rules)}{(gone ? "; the target ended before the time was over" : "")}").ToString());
        }
    }

    private static void WritePlanned(SyscallFault rule)
    {
        Console.Out.WriteLine($"rule       {rule} ({Words.Of(rule.Phase)} the call is carried out)");
        // A family, a class or a pattern is several calls: which, is part of what is going to happen.
        if (rule.SyscallsText is { } written && written != rule.Syscalls[0].Name) Console.Out.WriteLine($"  calls    {string.Join(", ", rule.Syscalls)}");
    }

    private static void WritePlanned(Fault fault, PlannedFault? planned)
    {
        Console.Out.WriteLine($"fault      {fault}");
        if (planned is null)
        {
            Console.Out.WriteLine("  how      is decided when the target has been launched");
            return;
        }
        Console.Out.WriteLine($"  how      {planned.Mechanism}: {planned.Does}");
        foreach (string note in planned.Notes) Console.Out.WriteLine($"  note     {note}");
        Console.Out.WriteLine($"  undo     {planned.Undo}");
    }

    private void Write(MechanismChoice choice)
    {
        Console.Out.WriteLine($"mechanism  {choice.Mechanism.Name}: {choice.Mechanism.Reason}");
        Console.Out.WriteLine($"cost       {choice.Mechanism.Cost(plan.Rules)}");
        Console.Out.WriteLine($"undo       {choice.Mechanism.Undo}");
        foreach ((string name, string reason) in choice.Others) Console.Out.WriteLine($"not        {name}: {reason}");
    }

    private static void WriteTable(RuleOutcome[] outcomes)
    {
        if (outcomes.Length == 0) return;
        int width = outcomes.Max(o => o.Rule.ToString().Length);
        Console.Out.WriteLine($"{"RULE".PadRight(width)}  {"MATCHED",10}  {"INJECTED",10}  SKIPPED");
        foreach (RuleOutcome outcome in outcomes)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.Rule.ToString().PadRight(width)}  {outcome.Counts.Matched,10}  {outcome.Counts.Injected,10}  {outcome.SkippedText}").TrimEnd());
        }
    }

    private static void WriteTable(IReadOnlyList<FaultOutcome> faults)
    {
        if (faults.Count == 0) return;
        int width = Math.Max(5, faults.Max(f => f.Fault.ToString()!.Length));
        Console.Out.WriteLine($"{"FAULT".PadRight(width)}  {"MECHANISM",-16}  {"INJECTED",10}");
        foreach (FaultOutcome fault in faults)
        {
            Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{fault.Fault.ToString()!.PadRight(width)}  {fault.Mechanism ?? "-",-16}  {fault.Injected,10}"));
        }
    }

    private JsonObject Result(RuleOutcome[] outcomes, IReadOnlyList<FaultOutcome> faults, LaunchedProcess? launched)
    {
        JsonObject document = Head();
        document["target_status"] = launched is { Exited.IsCompletedSuccessfully: true } ? launched.Exited.Result.ToString() : null;
        var rules = new JsonArray();
        foreach (RuleOutcome outcome in outcomes)
        {
            JsonObject described = Describe(outcome.Rule);
            described["matched"] = outcome.Counts.Matched;
            described["injected"] = outcome.Counts.Injected;
            described["skipped"] = new JsonObject(SkipReasons.Words(outcome.Skipped).Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value)));
            rules.Add((JsonNode)described);
        }
        document["rules"] = rules;
        document["faults"] = new JsonArray([.. faults.Select(f => (JsonNode)new JsonObject { ["fault"] = f.Fault.ToString(), ["mechanism"] = f.Mechanism, ["injected"] = f.Injected })]);
        return document;
    }

    private JsonObject Head() => new()
    {
        ["mechanism"] = plan.Choice?.Mechanism.Name,
        ["reason"] = plan.Choice?.Mechanism.Reason,
        ["cost"] = plan.Choice?.Mechanism.Cost(plan.Rules),
        ["duration_seconds"] = plan.Duration.TotalSeconds,
        ["after_seconds"] = plan.After.TotalSeconds,
        ["seed"] = plan.Seed,
        ["undo"] = plan.Choice?.Mechanism.Undo,
    };

    private static JsonObject Describe(SyscallFault rule) => new()
    {
        ["rule"] = rule.ToString(),
        ["syscalls"] = Texts(rule.Syscalls.Select(s => s.Name)),
        ["errno"] = rule.Effect.Error?.Name,
        ["return_value"] = rule.Effect.ReturnValue,
        ["short"] = rule.Effect.Short,
        ["signal"] = rule.Effect.Signal?.ToString(),
        ["delay_enter"] = rule.Effect.DelayEnter?.ToString(),
        ["delay_exit"] = rule.Effect.DelayExit?.ToString(),
        ["rate"] = rule.Condition.Rate,
        ["count"] = rule.Condition.Count,
        ["phase"] = Words.Of(rule.Phase),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => (JsonNode)JsonValue.Create(t))]);
}
