using Falter.Records;

namespace Falter.Report;

/// <summary>The keys of an experiment's file.</summary>
internal static class ExperimentFields
{
    public const int CurrentVersion = 1;

    public static readonly FieldSection Phases = new("phases", "phases", "The lengths of the phases.",
    [
        new Field("warm_up", Forms.Time, "Load before anything is measured.", "3s", "3s"),
        new Field("observe", Forms.Pace, "Observation of natural errors, where plans come from them.", "30s", "30s"),
        new Field("interval", Forms.Pace, "One interval of the observation: error rates are taken per interval. At most a fifth of `observe` is sensible.", "1s", "1s"),
        new Field("baseline", Forms.Pace, "The steady state that a plan is compared with; at least 5 probes of each check.", "20s", "20s"),
        new Field("inject", Forms.Pace, "How long a plan's faults are armed.", "20s", "20s"),
        new Field("recover", Forms.Time, "How long the system may take to recover before it is inspected.", "10s", "10s"),
        new Field("inspect", Forms.Pace, "The inspection after recovery, with nothing injected.", "5s", "as long as ten probes of each check take"),
    ]);

    public static readonly FieldSection Stop = new("stop_rule", "a stop rule", "Ends the injection or the run where a check says so; the faults are undone first.",
    [
        new Field("check", Forms.Text, "The check's name.", "http://127.0.0.1:8080/", null, true),
        new Field("failing_for", Forms.SomeTime, "How long it must have failed without a pass between.", "5s", null, true),
        new Field("ends", Forms.OneOf("plan", "run"), "What ends: the injection of this plan, or the run.", "run", "plan"),
    ]);

    public static readonly FieldSection Root = new("experiment", "an experiment", "An experiment: a system, what drives it, how its health is told, what is done to it, and when.",
    [
        new Field("version", Forms.Whole(1, 1), "The version of this form of file.", "1", null, true),
        new Field("name", Forms.Name, "A short name, part of the run folder's.", "web", null, true),
        new Field("description", Forms.AnyText, "What the experiment is for.", "\"does the web server survive full disks?\"", "nothing"),
        new Field("seed", Forms.Seed, "Seed of every chance in the run.", "7", "a new one for each run"),
        new Field("repetitions", Forms.Whole(1, 1000), "How often each fault plan is run.", "3", "1"),
        new Field("order", Forms.Word<PlanOrder>(), "`as-written`: as the plans stand here, natural ones first. `random`: shuffled by the seed, repetitions too.", "random", "as-written"),
        new Field("keep", Forms.Truth, "Whether the system goes on from plan to plan as long as it is well, instead of being built anew. A system that is attached to goes on always.", "true", "false"),
        new Field("fail_on", Forms.Word(Verdict.Resilient), "The mildest verdict that ends with exit code 1.", "degraded", "corrupted"),
        new Field("system", new SectionForm(SystemFields.System), "The processes under test.", "{ processes: [{ role: web, command: nginx }] }", null, true),
        new Field("workload", new ItemsForm("a workload, or a list of them", WorkloadFields.Form, CanBeOne: true, MayBeEmpty: true), "What drives the system; several run side by side.", "{ http: { urls: [\"http://127.0.0.1:8080/\"] } }", "something else drives it"),
        new Field("checks", new ItemsForm("a list of checks", CheckFields.Form), "How health is told: probes of the system with a tolerance.", "[{ http: \"http://127.0.0.1:8080/\" }]", null, true),
        new Field("faults", new SectionForm(FaultsFields.Faults), "What is done to the system.", "{ natural: true }", null, true),
        new Field("phases", new SectionForm(Phases), "The lengths of the phases.", "{ baseline: 30s, inject: 30s }", "see below"),
        new Field("stop", new ItemsForm("a list of stop rules", new SectionForm(Stop), MayBeEmpty: true), "When to end early.", "[{ check: \"http://127.0.0.1:8080/\", failing_for: 5s, ends: plan }]", "never"),
    ]);

    /// <summary>All maps of the file, in the order in which they are described.</summary>
    public static readonly IReadOnlyList<FieldSection> All =
    [
        Root, SystemFields.System, SystemFields.Process, SystemFields.Attach, CheckFields.ReadyByAll, .. CheckFields.ReadyForm.Kinds, SystemFields.Stop,
        .. WorkloadFields.Kinds, WorkloadFields.Http, WorkloadFields.Rounds, .. CheckFields.Kinds, ToleranceForm.Section,
        FaultsFields.Faults, FaultsFields.Natural, FaultsFields.Plan, Phases, Stop,
    ];
}
