"""Reading an output's fields from documents, locally: candidates, scores, calibrated choice.

Training (training.train) imports scikit-learn and is not re-exported here; asking a trained model
needs numpy alone.
"""
