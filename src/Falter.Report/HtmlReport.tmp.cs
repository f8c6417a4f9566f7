namespace Falter.Report;
/// <summary>tmp</summary>
public static class HtmlReport
{
    public static string Render(RunData run) => run.Run.Run;
}
