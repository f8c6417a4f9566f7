using System.Globalization;
using Falter.Records;

namespace Falter.Observe;

/// <summary>
/// The files of a recording: <c>samples.jsonl</c> of a run folder, then <c>samples.jsonl.gz</c>, <c>samples-2.jsonl.gz</c>, … of the monitor. Each opening of a recording
/// begins a file of its own, because nothing can follow a compressed file that was cut off.
/// </summary>
internal static class RecordingFiles
{
    private const string Compressed = ".jsonl.gz", Stem = "samples";

    /// <summary>The files of a folder that are there, in the order in which they were written.</summary>
    public static IReadOnlyList<string> Of(string folder)
    {
        string plain = Path.Combine(folder, RunFolderFiles.Samples);
        IEnumerable<string> segments = Segments(folder).OrderBy(s => s.Number).Select(s => s.File);
        return [.. File.Exists(plain) ? segments.Prepend(plain) : segments];
    }

    /// <summary>Creates the file that follows those that are there, also where another recorder does the same at this moment.</summary>
    public static FileStream CreateNext(string folder)
    {
        int number = Segments(folder).Select(s => s.Number).DefaultIfEmpty(0).Max();
        while (true)
        {
            number++;
            string file = Path.Combine(folder, number == 1 ? RunFolderFiles.CompressedSamples : string.Create(CultureInfo.InvariantCulture, $"{Stem}-{number}{Compressed}"));
            try
            {
                return new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
            }
            catch (IOException) when (File.Exists(file))
            {
            }
        }
    }

    private static IEnumerable<(string File, int Number)> Segments(string folder) =>
        Directory.EnumerateFiles(folder, $"{Stem}*{Compressed}").Select(file => (file, NumberOf(Path.GetFileName(file)))).Where(s => s.Item2 > 0);

    /// <summary>1 for the first, 2 and more for those with a number; 0 for what no recorder wrote.</summary>
    private static int NumberOf(string name) =>
        name == RunFolderFiles.CompressedSamples ? 1
        : name.StartsWith($"{Stem}-", StringComparison.Ordinal) &&
            int.TryParse(name.AsSpan(Stem.Length + 1, name.Length - Stem.Length - 1 - Compressed.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 1
            ? number : 0;
}
