"""Where runs are recorded besides their own directory: MLflow, or nowhere."""
