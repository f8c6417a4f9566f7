using Falter.Records;

namespace Falter.Report;

/// <summary>What a run's own experiment says.</summary>
public static class RunExperiment
{
    /// <summary>The mildest verdict that counts as broken; corrupted where the folder holds no experiment, as in those of older versions.</summary>
    /// <exception cref="FalterException">The folder's experiment has mistakes: another hand changed it.</exception>
    public static Verdict FailOn(RunData run)
    {
        string file = Path.Combine(run.Folder, RunFolderFiles.Experiment);
        return File.Exists(file) ? ExperimentFile.Read(file).FailOn : Verdict.Corrupted;
    }
}
