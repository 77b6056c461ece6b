"""What a caller asks for, as functions that a program calls; each takes `on_event` and `cancel`.

video, zoom, music, still                    render_video, render_zoom, render_music, render_image
render_job, job, settings                    a plan rendered into a file; what all jobs have in common
passes, composite                            what is written beside a film; a dream pass, laid over its source again
sheet, looks, sheet_page                     one picture under many looks
scene, moment, likeness                      what looks are tried on; what shows each; how alike they are
jobfile, jobtable, jobspec, globs, names     a job file -> one spec for each output
batch, records                               carrying it out; what of it is done
estimate, dry_run                            how long it will take; what moves, before anything is dreamed
places, side_file, kept_song                 which files are the same; files beside a film; a song's analysis, kept
"""
